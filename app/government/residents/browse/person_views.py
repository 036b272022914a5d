"""One resident's page, and unmasking the numbers on it."""

from __future__ import annotations

import uuid

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.core.capabilities import resident_sections
from app.core.permissions import requires
from app.core.village.errors import Invalid, Missing
from app.government.residents.browse import services
from app.government.residents.browse.person import resident_file
from app.government.residents.browse.reasons import reason_options, told_reason
from app.government.residents.browse.seen import forget_seen, is_seen
from app.government.residents.browse.views import blueprint
from tenants.scope import current_tenant

__all__ = ["blueprint"]


@blueprint.get("/<uuid:resident_id>")
@requires("residents.view")
def show(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Everything that is known of a resident; numbers masked unless this person unmasked them just now."""
    may_identity = current_user.may("residents.view_identity")
    return _page(resident_id, revealed=may_identity and is_seen("resident", resident_id))


@blueprint.post("/<uuid:resident_id>/nomor")
@requires("residents.view_identity")
def reveal(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Unmask the numbers, with a reason that the audit log keeps."""
    try:
        remembered = services.reveal_resident(resident_id, told_reason(request.form))
    except Missing:
        abort(404)
    except Invalid as wrong:
        return _page(resident_id, revealed=False, error=str(wrong), status=422)
    if not remembered:
        return _page(resident_id, revealed=True)
    flash(str(_("Nomor terlihat selama 15 menit. Alasan Anda tercatat.")), "success")
    return redirect(url_for("residents.show", resident_id=resident_id), 303)


@blueprint.post("/<uuid:resident_id>/nomor/tutup")
@requires("residents.view_identity")
def hide(resident_id: uuid.UUID) -> ResponseReturnValue:
    """Mask the numbers again before the time is over."""
    forget_seen("resident", resident_id)
    return redirect(url_for("residents.show", resident_id=resident_id), 303)


def _page(resident_id: uuid.UUID, *, revealed: bool, error: str = "", status: int = 200) -> Response:
    try:
        shown = resident_file(
            resident_id,
            may_health=current_user.may("residents.view_health"),
            may_documents=current_user.may("residents.view_identity"),
            revealed=revealed,
        )
    except Missing:
        abort(404)
    added = [
        (section, section.read(resident_id))
        for section in resident_sections(current_tenant().modules)
        if current_user.may(section.permission)
    ]
    page = render_template(
        "residents/show.html",
        shown=shown,
        resident=shown.resident,
        added=added,
        reasons=reason_options(),
        error=error,
    )
    answer = make_response(page, status)
    if revealed:
        answer.headers["Cache-Control"] = "no-store"
    return answer
