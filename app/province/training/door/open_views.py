"""What opens without an account: the door's service worker, its page without a network, checking in oneself."""

from __future__ import annotations

import uuid
from functools import lru_cache
from pathlib import Path

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.blueprints import AudienceBlueprint
from app.core.permissions import anonymous
from app.core.ui.assets import BUILT, asset_url
from app.extensions import counted_address, limiter
from app.province.regions import frame_name
from app.province.training.door import codes, own_code, queries, services
from app.province.training.door.queries import Door
from app.province.training.door.services import Refused
from app.province.training.participants.models import TrainingParticipant
from app.province.training.participants.page import TOKEN
from tenants.models import now

blueprint = AudienceBlueprint("training_door_open", __name__, audience="open", url_prefix="/hadir")

PER_ADDRESS = "1200 per minute"
"""A whole hall stands behind one address."""
PER_PARTICIPANT = "10 per minute"
"""Six digits that change twice a minute are not guessed at this rate."""


@blueprint.get("/sw.js")
@anonymous
def worker() -> Response:
    """The service worker of the door's phones; browsers ask for it anew with each visit."""
    response = make_response(
        _source(asset_url("door-queue.js")) + "\n" + _source(asset_url("door-worker.js"))
    )
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = "/hadir"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/luring")
@anonymous
def offline() -> str:
    """What is shown without a network where a page is not kept: the sessions that this phone keeps. Names nobody."""
    return render_template("door/offline.html")


@blueprint.get("/diri/<uuid:session_id>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
def check_in(session_id: uuid.UUID) -> ResponseReturnValue:
    """The page that the code at the door opens on a participant's phone: who they are, and a button."""
    door, at = _door(session_id), now()
    found = _participant(door, "")
    if closed := services.open_for_self(door, at):
        return _said(door, closed, found)
    if not codes.fits(session_id, request.args.get("k", ""), at):
        return _said(door, _old_code(), found)
    if found is None:
        return _said(door, "", None)
    seat, name = found
    ticket = codes.ticket(session_id, seat.id, at)
    return _private(
        render_template("door/self.html", door=door, name=name, seat=seat, ticket=ticket, **_words())
    )


def _who() -> str:
    token = request.form.get("peserta", "")
    return f"door:{token}" if len(token) == TOKEN else counted_address()


@blueprint.post("/diri/<uuid:session_id>")
@anonymous
@limiter.limit(PER_ADDRESS, key_func=counted_address)
@limiter.limit(PER_PARTICIPANT, key_func=_who)
def check_in_now(session_id: uuid.UUID) -> ResponseReturnValue:
    """Check in: by the ticket of the page before, or by the digits that were typed on the participant's own page."""
    door = _door(session_id)
    found = _participant(door, request.form.get("peserta", ""))
    if found is None:
        return _said(door, "", None)
    seat, name = found
    try:
        at, is_new = services.check_in_self(
            door, seat.id, code=request.form.get("kode", "")[:40], ticket=request.form.get("tiket", "")[:400]
        )
    except Refused as refusal:
        return _said(door, str(refusal), found)
    return _private(
        render_template(
            "door/self_done.html", door=door, name=name, seat=seat, at=at, is_new=is_new, **_words()
        )
    )


def _door(session_id: uuid.UUID) -> Door:
    door = queries.find_door(session_id)
    if door is None or door.event.state == "draft":
        abort(404)
    return door


def _participant(door: Door, token: str) -> tuple[TrainingParticipant, str] | None:
    """Whom this phone belongs to at the session's event, and their name."""
    token = token or own_code.known_token(door.event.id)
    return queries.participant_by_token(token, door.event.id) if token else None


def _said(door: Door, sentence: str, found: tuple[TrainingParticipant, str] | None) -> Response:
    html = render_template("door/self_not.html", door=door, sentence=sentence, found=found, **_words())
    return _private(html, 409 if sentence else 403)


def _old_code() -> str:
    return str(
        _(
            "Kode ini tidak berlaku lagi. Kode di pintu berganti setiap 30 detik dan hanya untuk sesi ini: "
            "ambil yang sekarang tampil."
        )
    )


def _words() -> dict[str, object]:
    return {"frame_name": frame_name}


def _private(html: str, status: int = 200) -> Response:
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@lru_cache(maxsize=8)
def _source(address: str) -> str:
    """A built file; its address changes with its content, so it is read once."""
    return (Path(BUILT) / "assets" / address.rpartition("/")[2]).read_text(encoding="utf-8")
