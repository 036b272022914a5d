"""The frame around every page of an event: its state, days, place, and the pages that the parts of training added."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from app.core.actors import current_actor
from app.core.ui.formats import ZONE
from app.province.regions import frame_name
from app.province.training.events import queries, words
from app.province.training.events.models import TrainingEvent, TrainingVenue
from app.province.training.events.services import is_organiser
from app.province.training.events.words import Said
from app.province.training.tabs import event_tabs
from tenants.models import now


@dataclass(frozen=True, slots=True)
class EventFrame:
    """What the frame shows of an event. `tabs` are as `page.tabs` takes them; `may_change` is the organiser's right."""

    said: Said
    kind: object
    days: str
    organiser: str
    venue: TrainingVenue | None
    when: str
    may_change: bool
    tabs: list[dict[str, Any]]


def training_frame(event: TrainingEvent) -> EventFrame:
    """The frame of an event for whoever looks: one select at most (its place)."""
    return EventFrame(
        said=words.state_said(event.state),
        kind=words.kind_word(event.kind),
        days=words.days(event.starts_on, event.ends_on),
        organiser=frame_name(event.region_code),
        venue=queries.venue_of(event),
        when=distance(event),
        may_change=is_organiser(event),
        tabs=_tabs(event),
    )


@dataclass(frozen=True, slots=True)
class Section:
    """A page of training beside the list of events. `label` is Indonesian (a lazy string)."""

    label: object
    endpoint: str
    permission: str
    order: int
    also: tuple[str, ...]


_sections: dict[str, Section] = {}


def add_section(
    label: object, endpoint: str, permission: str, order: int, also: tuple[str, ...] = ()
) -> None:
    """Add a page beside the list of events (a part's manifest does so); its endpoint takes no arguments. `also` are
    endpoints of further pages that belong to it."""
    _sections[endpoint] = Section(label, endpoint, permission, order, also)


def training_sections() -> list[dict[str, Any]]:
    """The pages of training beside each other, as `page.tabs` takes them, as far as the viewer may open them."""
    actor = current_actor()
    return [
        {
            "label": one.label,
            "url": url_for(one.endpoint),
            "current": request.endpoint == one.endpoint or request.endpoint in one.also,
        }
        for one in sorted(_sections.values(), key=lambda one: one.order)
        if actor is not None and actor.may(one.permission)
    ]


def distance(event: TrainingEvent) -> str:
    """How far an event is, in words: `hari ini`, `3 hari lagi`; empty once it is over or was called off."""
    today = now().astimezone(ZONE).date()
    if event.state in ("cancelled", "done") or today > event.ends_on:
        return ""
    if event.starts_on <= today:
        return str(_("hari ini")) if event.starts_on == event.ends_on else str(_("sedang berlangsung"))
    ahead = event.starts_on - today
    return str(_("besok")) if ahead == dt.timedelta(days=1) else str(_("%(days)s hari lagi", days=ahead.days))


def _tabs(event: TrainingEvent) -> list[dict[str, Any]]:
    actor = current_actor()
    return [
        {
            "label": tab.label,
            "url": url_for(tab.endpoint, event_id=event.id),
            "current": request.endpoint == tab.endpoint or request.endpoint in tab.also,
        }
        for tab in event_tabs()
        if actor is not None and actor.may(tab.permission)
    ]
