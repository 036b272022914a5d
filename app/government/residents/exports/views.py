"""The page that asks what to export and why, and the file."""

from __future__ import annotations

from flask import Response, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import requires
from app.core.tables import XLSX
from app.core.village.errors import Invalid
from app.government.residents.browse.filters import ResidentFilter
from app.government.residents.exports import services
from app.government.residents.exports.rows import Sight
from app.government.residents.writing import today

blueprint = AudienceBlueprint("exports", __name__, audience="village", url_prefix="/penduduk/ekspor")
CSV = "text/csv"  # the response adds the charset
CLOSED_FILTERS = ("csrf_token", "shape", "reason")


@blueprint.get("")
@requires("residents.export")
def form() -> ResponseReturnValue:
    """What would be exported: the filter of the list in the address."""
    return _form()


@blueprint.post("")
@requires("residents.export")
def export() -> ResponseReturnValue:
    """Make the file and send it."""
    shape = request.form.get("shape", "xlsx")
    if shape not in services.SHAPES:
        shape = "xlsx"
    try:
        made = services.export_residents(_filter(), shape, _sight(), request.form.get("reason", ""))  # type: ignore[arg-type]
    except Invalid as wrong:
        return _form({wrong.field: str(wrong)}, 422)
    ending = "csv" if made.shape == "csv" else "xlsx"
    name = _("pertukaran-penduduk") if made.shape == "exchange" else _("penduduk")
    response = send_file(
        made.file,
        mimetype=CSV if ending == "csv" else XLSX,
        as_attachment=True,
        download_name=f"{name}-{today().isoformat()}.{ending}",
        max_age=0,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    chosen, sight = _filter(), _sight()
    page = render_template(
        "residents/exports/form.html",
        count=services.count_residents(chosen),
        described=chosen.describe(),
        fields=chosen.as_args(),
        sight=sight,
        shape=request.form.get("shape", "xlsx"),
        reason=request.form.get("reason", ""),
        errors=errors or {},
    )
    return make_response(page, status)


def _filter() -> ResidentFilter:
    source = request.form if request.method == "POST" else request.args
    values = {name: value for name, value in source.items() if name not in CLOSED_FILTERS}
    return ResidentFilter.from_args(values, may_health=current_user.may("residents.view_health"))


def _sight() -> Sight:
    return Sight(current_user.may("residents.view_identity"), current_user.may("residents.view_health"))
