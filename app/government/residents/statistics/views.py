"""The staff's page of figures, and the same as a file."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.ui import formats
from app.government.residents.browse.areas import area_book
from app.government.residents.browse.filters import uuid_of
from app.government.residents.statistics import services
from app.government.residents.statistics.drawing import figures_of
from app.government.residents.writing import today
from tenants.scope import current_tenant

blueprint = AudienceBlueprint(
    "residents_statistics", __name__, audience="village", url_prefix="/penduduk/statistik"
)


@blueprint.get("")
@requires("residents.view")
def page() -> ResponseReturnValue:
    """Pyramid, education, occupation and the others, of the village or of one area (`?wilayah=`)."""
    areas = area_book()
    area_id = uuid_of(request.args.get("wilayah"))
    area_id = area_id if area_id in areas.names else None
    found = services.read_statistics(area_id, health=current_user.may("residents.view_health"), areas=areas)
    return render_template(
        "residents/statistics/page.html",
        found=found,
        figures=figures_of(found) if found.people else [],
        day=today(),
        area=areas.way(area_id),
        area_id=str(area_id or ""),
        areas=[("", str(_("Seluruh wilayah"))), *areas.options],
        file_url=lambda form: url_for("residents_statistics.file", bentuk=form, wilayah=area_id),
    )


@blueprint.get("/berkas")
@requires("residents.view")
def file() -> ResponseReturnValue:
    """All figures as a workbook or CSV (`?bentuk=csv`)."""
    areas = area_book()
    area_id = uuid_of(request.args.get("wilayah"))
    area_id = area_id if area_id in areas.names else None
    found = services.read_statistics(area_id, health=current_user.may("residents.view_health"), areas=areas)
    is_csv = request.args.get("bentuk") == "csv"
    tenant = current_tenant()
    about = " · ".join(
        part
        for part in (
            str(_("Statistik penduduk")),
            tenant.full_name,
            areas.way(area_id),
            formats.date(today()),
        )
        if part
    )
    response = make_response(services.as_csv(found) if is_csv else services.as_workbook(found, about))
    name = f"statistik-penduduk-{tenant.slug}-{today():%Y-%m-%d}.{'csv' if is_csv else 'xlsx'}"
    response.content_type = "text/csv; charset=utf-8" if is_csv else XLSX
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
