"""What a letter's QR code opens: which village is invited, by whom and until when, and the way into the wizard.

Opening the address changes nothing, since mail programs and scanners open links too; only the button does.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.links import village_origin
from app.core.permissions import anonymous
from app.core.village.errors import Missing
from app.extensions import counted_address, limiter
from app.province.onboarding.applications import offices, steps
from app.province.onboarding.applications.common_views import private
from app.province.onboarding.invitations import services
from app.province.regions import frame_name
from tenants.models import SERVED_STATES

blueprint = AudienceBlueprint("onboarding_open", __name__, audience="open")

TOKEN = "/undangan/<string(minlength=23, maxlength=64):token>"
"""Longer than a training's invitation, whose addresses have 22 letters."""

PER_ADDRESS = "60 per minute; 600 per hour"
PER_ADDRESS_DEEDS = "15 per 10 minutes; 100 per day"
GONE = ("revoked", "expired")


@blueprint.get(TOKEN)
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def show(token: str) -> ResponseReturnValue:
    """Which village is invited by whom until when, or why the link does not hold any more."""
    return _page(token)


@blueprint.post(TOKEN)
@anonymous
@limiter.limit(PER_ADDRESS_DEEDS, key_func=counted_address)
def begin(token: str) -> ResponseReturnValue:
    """Begin the application; one that is under way already is resumed by the link in its mail."""
    try:
        begun = services.use(token)
    except Missing:
        return _page(token)
    if begun is None:
        return _page(token)
    return redirect(url_for("apply.show", token=begun[1]), 303)


@blueprint.post(f"{TOKEN}/lanjutkan")
@anonymous
@limiter.limit(PER_ADDRESS_DEEDS, key_func=counted_address)
def resume(token: str) -> ResponseReturnValue:
    """Mail the link of the application that this invitation led to."""
    try:
        sent = services.send_resume_link(token)
    except Missing:
        return _page(token)
    except services.NotNow as other:
        flash(str(other), "warning")
        return redirect(url_for(".show", token=token), 303)
    if sent:
        flash(_("Tautan pendaftaran dikirim lagi. Buka surelnya di perangkat ini."), "success")
    else:
        flash(_("Belum ada pendaftaran yang dapat dilanjutkan dari undangan ini."), "warning")
    return redirect(url_for(".show", token=token), 303)


def _page(token: str) -> ResponseReturnValue:
    try:
        seen = services.opened(token)
    except Missing:
        return private(render_template("onboarding_invitations/public/unknown.html"), 404)
    village, begun = seen.village, seen.begun
    is_served = village.schema_name is not None and village.state in SERVED_STATES
    html = render_template(
        "onboarding_invitations/public/show.html",
        token=token,
        one=seen.invitation,
        village=village,
        batch=seen.batch,
        standing=seen.standing,
        office=frame_name(seen.batch.region_code),
        helper=offices.regency_office(village),
        begun=begun,
        masked=masked(begun.email) if begun is not None else "",
        origin=village_origin(village.slug) if is_served else "",
        minutes=steps.ALL_MINUTES,
    )
    return private(html, 410 if seen.standing in GONE else 200)


def masked(email: str) -> str:
    """An e-mail address so that its owner knows it and nobody else learns it: `b•••@desa.id`."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}•••@{host}" if host else ""
