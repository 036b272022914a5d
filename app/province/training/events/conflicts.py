"""Where two events want the same place, or the same speaker, at the same time. Shown, never only refused.

Two sessions clash over a place when they are at one place, overlap, and are in the same room or one of them names none.
They clash over a speaker when somebody speaks in both. What other offices do beyond the viewer's sight is told by its
office and hours alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.province.regions import frame_name
from app.province.training.events import queries
from app.province.training.events.models import (
    TrainingEvent,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
    TrainingVenue,
)

LIVE = ("draft", "open")
Session = TrainingSession


@dataclass(frozen=True, slots=True)
class Slot:
    """A session that is held or planned: what it needs of place, room, hours and speakers."""

    event_id: uuid.UUID | None
    session_id: uuid.UUID | None
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue_id: uuid.UUID | None
    room: str = ""
    speaker_ids: frozenset[uuid.UUID] = frozenset()

    def overlaps(self, other: Slot) -> bool:
        """Whether both are held at one moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def shares_room(self, other: Slot) -> bool:
        """Whether both need the same place, as far as they say."""
        if self.venue_id is None or self.venue_id != other.venue_id:
            return False
        mine, theirs = self.room.casefold().strip(), other.room.casefold().strip()
        return not mine or not theirs or mine == theirs


@dataclass(frozen=True, slots=True)
class Clash:
    """A session and another one that want the same. `kind` is `venue` or `speaker`, `what` names the place or person.

    `other_title` and `other_event_id` are None for an event that the viewer does not see.
    """

    kind: str
    what: str
    event_id: uuid.UUID | None
    session_id: uuid.UUID | None
    title: str
    office: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    other_event_id: uuid.UUID | None
    other_title: str | None
    other_session: str | None
    is_same_event: bool


@dataclass(frozen=True, slots=True)
class VenueUse:
    """Another event at a place on the same days. `title` and `event_id` are None where the viewer does not see it."""

    office: str
    starts_on: dt.date
    ends_on: dt.date
    event_id: uuid.UUID | None
    title: str | None


def of_events(events: Sequence[TrainingEvent], office: str) -> dict[uuid.UUID, list[Clash]]:
    """The clashes of events that are still to come, by event: four selects however many they are."""
    live = {event.id: event for event in events if event.state in LIVE}
    if not live:
        return {}
    rows = list(db.session.scalars(select(Session).where(Session.event_id.in_(live))))
    speakers = queries.speakers_of([row.id for row in rows])
    slots = [
        Slot(
            row.event_id, row.id, row.title, row.starts_at, row.ends_at, live[row.event_id].venue_id, row.room,
            frozenset(one.id for one in speakers.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip
    found: dict[uuid.UUID, list[Clash]] = {}
    for clash in clashes(slots, office):
        if clash.event_id is not None:
            found.setdefault(clash.event_id, []).append(clash)
    return found


def clashes(slots: Sequence[Slot], office: str, names: Mapping[uuid.UUID, str] | None = None) -> list[Clash]:
    """What stands in the way of sessions as they are meant, by hours: two selects.

    Args:
        slots: sessions, of one or of several events; a session that is kept is not compared with itself.
        office: the region of the viewer, who is told titles of visible events only.
        names: of the places and speakers, where they are known already (one select fewer).
    """
    if not slots:
        return []
    meant = {slot.session_id for slot in slots if slot.session_id}
    others = _others(slots)
    # A session that is being changed counts as it is meant, not as it is kept.
    known = [pair for pair in others if pair[0].session_id not in meant]
    events = {event.id: event for _slot, event in others}
    own = [(slot, events.get(slot.event_id) if slot.event_id else None) for slot in slots]
    names = _names(slots) if names is None else names
    found: list[Clash] = []
    for slot in slots:
        for other, event in (*known, *own):
            is_itself = other is slot or (slot.session_id is not None and other.session_id == slot.session_id)
            if is_itself or not slot.overlaps(other):
                continue
            found += _compared(slot, other, event, office, names)
    order = {"venue": 0, "speaker": 1}
    return sorted(found, key=lambda clash: (clash.starts_at, order[clash.kind], clash.what, clash.office))


def venue_uses(
    venue_id: uuid.UUID | None, first: dt.date, last: dt.date, office: str, *, but: uuid.UUID | None = None
) -> list[VenueUse]:
    """Other events at a place on some days, whatever their hours: one select."""
    if venue_id is None:
        return []
    query = select(TrainingEvent).where(
        TrainingEvent.venue_id == venue_id,
        TrainingEvent.starts_on <= last,
        TrainingEvent.ends_on >= first,
        _counts(office),
    )
    if but is not None:
        query = query.where(TrainingEvent.id != but)
    uses = []
    for event in db.session.scalars(query.order_by(TrainingEvent.starts_on, TrainingEvent.id)):
        is_seen = queries.sees(office, event)
        uses.append(
            VenueUse(
                frame_name(event.region_code), event.starts_on, event.ends_on,
                event.id if is_seen else None, event.title if is_seen else None,
            )
        )  # fmt: skip
    return uses


def told_once(found: Sequence[Clash]) -> list[Clash]:
    """Clashes without their mirror images: two sessions of one event clash with each other, and are told once."""
    kept: dict[tuple[Any, ...], Clash] = {}
    for clash in found:
        pair = (
            frozenset((clash.title, clash.other_session))
            if clash.is_same_event
            else (clash.title, clash.other_event_id, clash.office, clash.other_session)
        )
        kept.setdefault((clash.kind, clash.what, clash.starts_at, clash.ends_at, pair), clash)
    return list(kept.values())


def as_meant(
    lines: Iterable[queries.SessionLine], event_id: uuid.UUID, venue_id: uuid.UUID | None, shift: dt.timedelta
) -> list[Slot]:
    """An event's sessions as they would be at another place or on other days."""
    return [
        Slot(
            event_id, line.session.id, line.session.title, line.session.starts_at + shift,
            line.session.ends_at + shift, venue_id, line.session.room,
            frozenset(one.id for one in line.speakers),
        )
        for line in lines
    ]  # fmt: skip


def _others(slots: Sequence[Slot]) -> list[tuple[Slot, TrainingEvent]]:
    """Sessions that could stand in the way, with their events and speakers."""
    first, last = min(slot.starts_at for slot in slots), max(slot.ends_at for slot in slots)
    venues = {slot.venue_id for slot in slots if slot.venue_id}
    people = {one for slot in slots for one in slot.speaker_ids}
    link = TrainingSessionSpeaker
    shared = aliased(link)
    speaks = select(shared.session_id).where(shared.session_id == Session.id, shared.speaker_id.in_(people))
    query = (
        select(Session, TrainingEvent, link.speaker_id)
        .join(TrainingEvent, TrainingEvent.id == Session.event_id)
        .outerjoin(link, link.session_id == Session.id)
        .where(
            Session.starts_at < last,
            Session.ends_at > first,
            TrainingEvent.state.in_(LIVE),
            or_(TrainingEvent.venue_id.in_(venues), speaks.exists()),
        )
    )
    rows: dict[uuid.UUID, tuple[Session, TrainingEvent]] = {}
    speakers: dict[uuid.UUID, set[uuid.UUID]] = {}
    for session, event, speaker_id in db.session.execute(query):
        rows[session.id] = (session, event)
        if speaker_id is not None:
            speakers.setdefault(session.id, set()).add(speaker_id)
    return [
        (
            Slot(
                event.id, session.id, session.title, session.starts_at, session.ends_at, event.venue_id,
                session.room, frozenset(speakers.get(session.id, ())),
            ),
            event,
        )
        for session, event in rows.values()
    ]  # fmt: skip


def _names(slots: Sequence[Slot]) -> Mapping[uuid.UUID, str]:
    """Names of the places and speakers of sessions: one select."""
    venues = {slot.venue_id for slot in slots if slot.venue_id}
    people = {one for slot in slots for one in slot.speaker_ids}
    query = (
        select(TrainingVenue.id, TrainingVenue.name)
        .where(TrainingVenue.id.in_(venues))
        .union_all(select(TrainingSpeaker.id, TrainingSpeaker.name).where(TrainingSpeaker.id.in_(people)))
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _compared(
    slot: Slot, other: Slot, event: TrainingEvent | None, office: str, names: Mapping[uuid.UUID, str]
) -> list[Clash]:
    is_same = slot.event_id is not None and slot.event_id == other.event_id
    if event is None and not is_same:
        return []
    is_seen = is_same or (event is not None and queries.sees(office, event))
    if event is not None and event.state == "draft" and not is_seen:
        # What a foreign office only drafts is its own affair.
        return []
    told: dict[str, Any] = {
        "event_id": slot.event_id, "session_id": slot.session_id, "title": slot.title,
        "office": frame_name(event.region_code) if event is not None else "",
        "starts_at": max(slot.starts_at, other.starts_at), "ends_at": min(slot.ends_at, other.ends_at),
        "other_event_id": other.event_id if is_seen else None,
        "other_title": event.title if event is not None and is_seen else None,
        "other_session": other.title if is_seen else None, "is_same_event": is_same,
    }  # fmt: skip
    found = []
    if slot.shares_room(other) and slot.venue_id is not None:
        room = slot.room or other.room
        place = names.get(slot.venue_id, "")
        found.append(Clash("venue", f"{place}, {room}" if room else place, **told))
    for speaker_id in sorted(slot.speaker_ids & other.speaker_ids):
        found.append(Clash("speaker", names.get(speaker_id, ""), **told))
    return found


def _counts(office: str) -> Any:
    """Events that take up a place: open ones of any office, drafts of visible ones."""
    return or_(TrainingEvent.state == "open", and_(TrainingEvent.state == "draft", queries.visible(office)))
