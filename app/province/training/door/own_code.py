"""Which participant a phone belongs to: whoever opened their own page on it is known at the door for some days.

A cookie for each event goes to the pages of checking in alone and holds what the phone's own history holds, too.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from flask import Response, after_this_request, current_app, request

from app.province.training.door.queries import Door
from app.province.training.door.services import SELF_BEFORE, open_for_self
from app.province.training.events.models import TrainingSession
from app.province.training.participants.page import TOKEN, OwnPage
from tenants.models import now

PATH = "/hadir/diri"
KEPT_SECONDS = 30 * 24 * 3600
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN}}}")


@dataclass(frozen=True, slots=True)
class SelfCheckIn:
    """What a participant's own page shows: the sessions at which they can check in themselves now."""

    sessions: tuple[TrainingSession, ...]


def own_section(own: OwnPage) -> SelfCheckIn | None:
    """The section of a participant's page, and the phone is remembered; None while no session is open for it."""
    at = now()
    days = own.event.ends_on - at.date()
    if own.event.state != "open" or days.days < -1:
        return None
    _remember(own)
    venue = own.venue.name if own.venue is not None else ""
    sessions = tuple(
        one
        for one in own.sessions
        if one.starts_at - SELF_BEFORE <= at <= one.ends_at
        and not open_for_self(Door(one, own.event, venue), at)
    )
    return SelfCheckIn(sessions) if sessions else None


def known_token(event_id: uuid.UUID) -> str:
    """The token of the participant whose page of this event was opened on this phone last; empty where none was."""
    token = request.cookies.get(_cookie(event_id), "")
    return token if _TOKEN.fullmatch(token) else ""


def _remember(own: OwnPage) -> None:
    name, token = _cookie(own.event.id), own.token

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            name,
            token,
            max_age=KEPT_SECONDS,
            path=PATH,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return response


def _cookie(event_id: uuid.UUID) -> str:
    return f"siger_ikut_{event_id.hex}"
