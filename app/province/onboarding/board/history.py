"""The dated steps of an application as its page tells them, with the time that passed between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from babel.dates import format_timedelta
from flask_babel import get_locale
from flask_babel import gettext as _

from app.province.onboarding.applications.models import Application, ApplicationEvent
from app.province.onboarding.board.words import STATES, event_text, event_title

WORTH_SAYING = dt.timedelta(minutes=1)


def history_of(events: Sequence[ApplicationEvent], application: Application) -> list[dict[str, Any]]:
    """What `data.timeline` draws, the newest first, each with how long after the one before it."""
    told: list[dict[str, Any]] = [{"at": application.created_at, "title": _("Pendaftaran dimulai")}]
    before = application.created_at
    for event in events:
        passed = event.at - before
        said = _("%(time)s kemudian", time=duration(passed)) if passed >= WORTH_SAYING else ""
        sent = _("terkirim") if event.kind == "mail" and event.note else ""
        tone = STATES[event.key].tone if event.kind == "state" and event.key in STATES else ""
        told.append(
            {
                "at": event.at,
                "title": event_title(event),
                "who": " · ".join(part for part in (event.by, said, sent) if part),
                "text": event_text(event),
                "tone": tone,
            }
        )
        before = event.at
    return told[::-1]


def duration(passed: dt.timedelta | float | None) -> str:
    """A length of time in words: `3 hari`; a dash where there is none."""
    if passed is None:
        return "–"
    length = passed if isinstance(passed, dt.timedelta) else dt.timedelta(seconds=float(passed))
    return format_timedelta(length, threshold=1.5, locale=get_locale() or "id")
