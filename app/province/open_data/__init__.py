"""What the province opened to everybody."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.audit import describe_actions, describe_fields
from app.core.capabilities import Capability, MenuEntry
from app.province.open_data.manage_views import blueprint as choices
from app.province.open_data.views import blueprint as pages

__all__ = ["capability"]

describe_actions(
    "province",
    {
        "open_data.opened": _l("membuka angka untuk umum"),
        "open_data.changed": _l("mengubah tingkat data terbuka"),
        "open_data.closed": _l("menutup data terbuka"),
    },
)
describe_fields({"level": _l("Tingkat")})

capability = Capability(
    name="open_data",
    label=_l("Data terbuka"),
    pillar="province",
    blueprints=(pages, choices),
    menu=(
        MenuEntry(
            "province", "", _l("Data terbuka"), "open_data_choice.index", "globe", "open_data.manage", 28
        ),
    ),
)
