"""Ending a support visit on the village's host: by the visitor or by the village."""

from __future__ import annotations

from uuid import UUID

from flask import abort, current_app, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.accounts import visits
from app.core.accounts.errors import NotAllowed
from app.core.actors import current_actor
from app.core.blueprints import AudienceBlueprint
from app.core.links import host_origin
from app.core.permissions import signed_in
from app.core.security import forget_signed_in
from app.core.shell import home_path
from tenants.scope import current_tenant

blueprint = AudienceBlueprint("visits", __name__, audience="village", url_prefix="/kunjungan")


@blueprint.post("/<uuid:visit_id>/akhiri")
@signed_in
def end(visit_id: UUID) -> ResponseReturnValue:
    """End the visit; the visitor goes back to the province's host."""
    actor = current_actor()
    assert actor is not None
    try:
        visits.end_support_visit(visit_id, tenant=current_tenant(), by=actor)
    except NotAllowed:
        abort(403)
    if actor.support_visit is not None:
        response = redirect(host_origin(current_app.config["BASE_HOST"]) + "/", 303)
        forget_signed_in(response)  # type: ignore[arg-type]
        return response
    flash(_("Kunjungan bantuan sudah diakhiri."), "success")
    return redirect(home_path(actor), 303)
