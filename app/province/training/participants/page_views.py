"""What opens without an account: a participant's own page, and the invitation that a letter's QR code holds."""

from __future__ import annotations

from typing import Any

import segno
from flask import abort, make_response, render_template
from flask.typing import ResponseReturnValue

from app.core.blueprints import AudienceBlueprint
from app.core.links import village_url
from app.core.permissions import anonymous
from app.core.village.errors import Missing
from app.extensions import counted_address, limiter
from app.province.regions import frame_name
from app.province.training.participants import page as pages
from app.province.training.participants import rules

blueprint = AudienceBlueprint("training_page", __name__, audience="open")

PER_ADDRESS = "1200 per minute"
"""A whole hall stands behind one address; a token of 128 bits is not guessed at this rate."""


@blueprint.context_processor
def page_words() -> dict[str, Any]:
    """What the pages call."""
    return {"frame_name": frame_name, "last_day_to_register": rules.last_day_to_register}


@blueprint.get("/ikut/<string(length=22):token>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def show(token: str) -> ResponseReturnValue:
    """A participant's QR, hours and place, and what the other parts of training add."""
    try:
        own = pages.own_page(token)
    except Missing:
        abort(404)
    html = render_template(
        "training_participants/public/own_page.html",
        own=own,
        sections=pages.sections_of(own),
        picture=qr_picture(pages.page_url(token)) if own.is_taking_part else None,
    )
    return private(html)


@blueprint.get("/undangan/<string(length=22):token>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def invitation(token: str) -> ResponseReturnValue:
    """What the QR code of a letter opens: the event, and the village's own address where people are registered."""
    try:
        own = pages.open_invitation(token)
    except Missing:
        abort(404)
    address = (
        village_url(own.village.slug, "village_training.show", event_id=own.event.id)
        if own.is_served
        else None
    )
    html = render_template(
        "training_participants/public/invitation.html",
        own=own,
        address=address,
        is_open=rules.may_register(own.event),
    )
    return private(html)


def qr_picture(address: str) -> str:
    """The QR code of an address as a picture's data address, dark on white in every theme."""
    picture: str = segno.make(address, error="m", micro=False).svg_data_uri(
        scale=6, border=3, dark="#221A16", light="#ffffff"
    )
    return picture


def private(html: str, status: int = 200) -> ResponseReturnValue:
    """An answer that no shared cache keeps and no search engine lists."""
    response = make_response(html, status)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
