"""What every page is made of: assets, icons, formats, Jinja macros, base templates and error pages.

`register_ui(app)` is the single way in; `create_app` calls it once after flask-babel is configured.
Templates live in `templates/ui/` and are included by name: `ui/base_staff.html`, `ui/macros/form.html`.
"""

from __future__ import annotations

from flask import Blueprint, Flask

from app.core.language import front_path, language_path
from app.core.ui import charts, formats, tiles
from app.core.ui.accent import accent_css, accent_digest
from app.core.ui.assets import FrontEndNotBuilt, asset_url, icon

__all__ = ["FrontEndNotBuilt", "accent_css", "accent_digest", "asset_url", "icon", "register_ui"]


def register_ui(app: Flask) -> None:
    """Give the application's templates their helpers, filters and base templates.

    Args:
        app: the application under construction; flask-babel must be initialised by the time a page is
            rendered, not necessarily before this call.
    """
    from app.core.ui.views import preferences

    app.register_blueprint(preferences)
    app.register_blueprint(Blueprint("ui", __name__, template_folder="templates"))
    app.jinja_env.globals.update(
        asset_url=asset_url,
        icon=icon,
        front_path=front_path,
        language_path=language_path,
        ui_locale=formats.current_locale_code,
        theme_choice=formats.theme_choice,
        tiles_laid_out=tiles.laid_out,
        tile_step=tiles.step_of,
        figure_text=charts.figure_text,
        drawn_unit=charts.drawn_unit,
        chart_described=charts.described,
        map_coloured=charts.coloured,
        map_described=charts.described_map,
    )
    app.jinja_env.filters.update(
        rupiah=formats.rupiah,
        rupiah_singkat=formats.rupiah_short,
        angka=formats.number,
        persen=formats.percent,
        tanggal=formats.date,
        waktu=formats.moment,
        jam=formats.clock,
        lalu=formats.ago,
        map_place=charts.map_place,
        inisial=formats.initials,
    )
