"""Kiosks for staff: which there are, pairing, what each may print by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.links import village_url
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.selfservice.accounts.pins import spoken_code
from app.government.selfservice.kiosk import devices
from app.government.selfservice.kiosk.asking import kinds_on_kiosk, needs_papers
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("kiosks", __name__, audience="village", url_prefix="/layanan-warga/kios")
PERMISSION = "selfservice.kiosks"


@blueprint.get("")
@requires(PERMISSION)
def index() -> ResponseReturnValue:
    """All kiosks."""
    return render_template("selfservice/kiosks.html", kiosks=devices.kiosks())


@blueprint.get("/baru")
@requires(PERMISSION)
def new() -> ResponseReturnValue:
    """A form for another one."""
    return _form(None, {"prints": True}, {})


@blueprint.post("/baru")
@requires(PERMISSION)
def add() -> ResponseReturnValue:
    """Make it and show its code, this once."""
    try:
        kiosk_id, code, ends = devices.add_kiosk(**_typed())
    except Invalid as wrong:
        return _form(None, _typed(), {wrong.field: str(wrong)}, status=422)
    return _code_page(kiosk_id, code, ends)


@blueprint.get("/<uuid:kiosk_id>")
@requires(PERMISSION)
def edit(kiosk_id: uuid.UUID) -> ResponseReturnValue:
    """One kiosk: its name and ways, and how to take it away."""
    row = _or_404(lambda: devices.kiosk_row(kiosk_id))
    return _form(row, {"name": row.name, **row.settings}, {})


@blueprint.post("/<uuid:kiosk_id>")
@requires(PERMISSION)
def save(kiosk_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what was changed."""
    row = _or_404(lambda: devices.kiosk_row(kiosk_id))
    try:
        devices.change_kiosk(kiosk_id, **_typed())
    except Invalid as wrong:
        return _form(row, _typed(), {wrong.field: str(wrong)}, status=422)
    flash(str(_("Perubahan tersimpan.")), "success")
    return redirect(url_for("kiosks.index"), 303)


@blueprint.post("/<uuid:kiosk_id>/kode")
@requires(PERMISSION)
def renew(kiosk_id: uuid.UUID) -> ResponseReturnValue:
    """A new code, for a screen that was replaced."""
    code, ends = _or_404(lambda: devices.renew_code(kiosk_id))
    return _code_page(kiosk_id, code, ends)


@blueprint.post("/<uuid:kiosk_id>/lepas")
@requires(PERMISSION)
def remove(kiosk_id: uuid.UUID) -> ResponseReturnValue:
    """Take it away."""
    _or_404(lambda: devices.remove_kiosk(kiosk_id))
    flash(str(_("Kios dilepas. Layarnya tidak dapat dipakai lagi.")), "success")
    return redirect(url_for("kiosks.index"), 303)


def _typed() -> dict[str, Any]:
    offered = {kind.code for kind in kinds_on_kiosk()}
    return {
        "name": request.form.get("name", ""),
        "prints": request.form.get("prints") == "1",
        "at_once": [code for code in request.form.getlist("at_once") if code in offered],
        "checked": [code for code in request.form.getlist("checked") if code in offered],
    }


def _form(row: Any, values: dict[str, Any], errors: dict[str, str], *, status: int = 200) -> Response:
    kinds = kinds_on_kiosk()
    page = render_template(
        "selfservice/kiosk_edit.html", row=row, values=values, errors=errors, kinds=kinds,
        with_papers=[kind for kind in kinds if needs_papers(kind)],
    )  # fmt: skip
    return make_response(page, status)


def _code_page(kiosk_id: uuid.UUID, code: str, ends: Any) -> Response:
    page = render_template(
        "selfservice/kiosk_code.html", kiosk_id=kiosk_id, code=spoken_code(code), ends=ends,
        address=village_url(current_tenant(), "kiosk.pairing"),
    )  # fmt: skip
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _or_404(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Missing:
        abort(404)
