"""Until when a village may do what: days are those of the province (WIB)."""

from __future__ import annotations

import datetime as dt

from app.core.ui.formats import ZONE
from app.province.training.events.models import TrainingEvent
from tenants.models import now


class Refused(Exception):
    """What was asked can't be done as things stand; the message is a sentence for the person who asked."""


class Alike(Refused):
    """Somebody of the same name takes part already; asking again and saying that it is somebody else registers them."""


def today() -> dt.date:
    """The present day in the province's time."""
    return now().astimezone(ZONE).date()


def last_day_to_register(event: TrainingEvent) -> dt.date:
    """The last day on which villages register: as the organiser set it, else the day on which the event begins."""
    return min(event.registration_until or event.starts_on, event.ends_on)


def may_register(event: TrainingEvent, day: dt.date | None = None) -> bool:
    """Whether villages may still register people."""
    return event.state == "open" and (day or today()) <= last_day_to_register(event)


def may_substitute(event: TrainingEvent, day: dt.date | None = None) -> bool:
    """Whether a village may still send somebody else: until the day on which the event begins, that day too."""
    return event.state == "open" and (day or today()) <= event.starts_on
