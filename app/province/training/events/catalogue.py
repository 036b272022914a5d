"""What events are made of: programmes, places, speakers. Every function runs inside a platform scope; deeds commit.

An entry is kept by an office; offices above it may change it, too. Places are there for all offices to choose from: an
event may well be held outside of the organiser's region.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from app.core import audit
from app.core.regions.models import Region
from app.core.ui.formats import number
from app.core.village.errors import ChangedMeanwhile, Invalid, Missing
from app.extensions import db
from app.province.regions import region_contains
from app.province.training.events import queries
from app.province.training.events.models import (
    TrainingEvent,
    TrainingProgramme,
    TrainingSession,
    TrainingSessionSpeaker,
    TrainingSpeaker,
    TrainingVenue,
)
from app.province.training.events.services import Refused

PAGE = 30
Entry = TrainingProgramme | TrainingVenue | TrainingSpeaker
Kept = TypeVar("Kept", TrainingProgramme, TrainingVenue, TrainingSpeaker)


@dataclass(frozen=True, slots=True)
class Line:
    """A programme, place or speaker of a list, with how many events (of a speaker: sessions) use it."""

    row: Any
    used: int


def keeper_of(row: Entry) -> str:
    """The office that keeps an entry."""
    return row.kept_by or row.region_code if isinstance(row, TrainingVenue) else row.region_code


def may_change(row: Entry, office: str) -> bool:
    """Whether an office may change an entry: it keeps it, or lies above who does."""
    return region_contains(office, keeper_of(row))


# --- programmes ----------------------------------------------------------------------------------------------------


def programmes(office: str, search: str = "") -> list[Line]:
    """The programmes that an office sees, the newest year first, with their events: one select."""
    used = (
        select(func.count())
        .where(TrainingEvent.programme_id == TrainingProgramme.id, queries.visible(office))
        .correlate(TrainingProgramme)
        .scalar_subquery()
    )
    query = (
        select(TrainingProgramme, used)
        .where(queries.around(TrainingProgramme.region_code, office))
        .order_by(TrainingProgramme.year.desc(), TrainingProgramme.title, TrainingProgramme.id)
    )
    if search:
        query = query.where(TrainingProgramme.title.icontains(search, autoescape=True))
    return [Line(row[0], int(row[1])) for row in db.session.execute(query)]


def find_programme(programme_id: uuid.UUID, office: str) -> TrainingProgramme:
    """A programme that an office sees. Raises Missing."""
    return _found(TrainingProgramme, programme_id, queries.around(TrainingProgramme.region_code, office))


def add_programme(values: Mapping[str, Any], *, office: str) -> TrainingProgramme:
    """Add a programme of the office: `title`, `aim`, `year`."""
    row = TrainingProgramme(region_code=office)
    return _save(row, "training.programme_added", values, ("title", "aim", "year"))


def change_programme(
    programme_id: uuid.UUID, values: Mapping[str, Any], *, office: str, seen: int | None
) -> TrainingProgramme:
    """Change a programme. Raises Missing, ChangedMeanwhile."""
    row = _own(TrainingProgramme, programme_id, office, seen)
    return _save(row, "training.programme_changed", values, ("title", "aim", "year"))


def delete_programme(programme_id: uuid.UUID, *, office: str) -> None:
    """Take a programme away. Raises Missing; Refused while events belong to it."""
    row = _own(TrainingProgramme, programme_id, office, None)
    used = select(func.count()).where(TrainingEvent.programme_id == row.id)
    _delete(row, "training.programme_deleted", db.session.scalar(used) or 0)


# --- places --------------------------------------------------------------------------------------------------------


def venues(
    search: str = "", region: str = "", *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Line], uuid.UUID | None]:
    """A page of places by name, and the cursor of the next: one select."""
    query = _venues(search, region)
    if after is not None:
        shown = aliased(TrainingVenue)
        name = select(shown.name).where(shown.id == after).scalar_subquery()
        query = query.where(
            or_(TrainingVenue.name > name, (TrainingVenue.name == name) & (TrainingVenue.id > after))
        )
    rows = db.session.execute(query.limit(limit + 1)).all()
    lines = [Line(row[0], int(row[1])) for row in rows]
    return lines[:limit], lines[limit - 1].row.id if len(lines) > limit else None


def all_venues(search: str = "", region: str = "") -> Iterator[Line]:
    """All places of a list."""
    for row in db.session.execute(_venues(search, region)):
        yield Line(row[0], int(row[1]))


def venue_choices(office: str) -> list[tuple[str, list[TrainingVenue]]]:
    """The places to choose from, by region, those of the office's own first: one select."""
    own = queries.around(TrainingVenue.region_code, office)
    query = select(TrainingVenue, own).order_by(own.desc(), TrainingVenue.region_code, TrainingVenue.name)
    groups: dict[str, list[TrainingVenue]] = {}
    for row, _own_one in db.session.execute(query):
        groups.setdefault(row.region_code, []).append(row)
    return list(groups.items())


def find_venue(venue_id: uuid.UUID) -> TrainingVenue:
    """A place. Raises Missing."""
    return _found(TrainingVenue, venue_id)


def add_venue(values: Mapping[str, Any], *, office: str) -> TrainingVenue:
    """Add a place: `name`, `region_code` (a kabupaten, kota or kecamatan of the province), `address`, `point` (latitude
    and longitude, or None), `capacity`. Raises Invalid."""
    return _save_venue(TrainingVenue(kept_by=office), "training.venue_added", values, office)


def change_venue(
    venue_id: uuid.UUID, values: Mapping[str, Any], *, office: str, seen: int | None
) -> TrainingVenue:
    """Change a place. Raises Missing, ChangedMeanwhile, Invalid."""
    row = _own(TrainingVenue, venue_id, office, seen)
    return _save_venue(row, "training.venue_changed", values, office)


def delete_venue(venue_id: uuid.UUID, *, office: str) -> None:
    """Take a place away. Raises Missing; Refused while events were or will be held there."""
    row = _own(TrainingVenue, venue_id, office, None)
    used = select(func.count()).where(TrainingEvent.venue_id == row.id)
    _delete(row, "training.venue_deleted", db.session.scalar(used) or 0)


# --- speakers ------------------------------------------------------------------------------------------------------


def speakers(
    office: str, search: str = "", *, after: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[list[Line], uuid.UUID | None]:
    """A page of the speakers that an office knows, by name, and the cursor of the next: one select."""
    query = _speakers(office, search)
    if after is not None:
        shown = aliased(TrainingSpeaker)
        name = select(shown.name).where(shown.id == after).scalar_subquery()
        query = query.where(
            or_(TrainingSpeaker.name > name, (TrainingSpeaker.name == name) & (TrainingSpeaker.id > after))
        )
    rows = db.session.execute(query.limit(limit + 1)).all()
    lines = [Line(row[0], int(row[1])) for row in rows]
    return lines[:limit], lines[limit - 1].row.id if len(lines) > limit else None


def all_speakers(office: str, search: str = "") -> Iterator[Line]:
    """All speakers of a list."""
    for row in db.session.execute(_speakers(office, search)):
        yield Line(row[0], int(row[1]))


def speaker_choices(office: str, chosen: Sequence[uuid.UUID] = ()) -> list[TrainingSpeaker]:
    """The speakers to choose from, by name, with those that were chosen already: one select."""
    query = select(TrainingSpeaker).where(
        or_(queries.around(TrainingSpeaker.region_code, office), TrainingSpeaker.id.in_(chosen))
    )
    return list(db.session.scalars(query.order_by(TrainingSpeaker.name, TrainingSpeaker.id)))


def find_speaker(speaker_id: uuid.UUID, office: str) -> TrainingSpeaker:
    """A speaker that an office knows. Raises Missing."""
    return _found(TrainingSpeaker, speaker_id, queries.around(TrainingSpeaker.region_code, office))


def appearances(speaker_id: uuid.UUID, office: str) -> list[tuple[TrainingSession, TrainingEvent]]:
    """Where a speaker spoke and will speak, the latest first, as far as the office sees: one select."""
    link = TrainingSessionSpeaker
    query = (
        select(TrainingSession, TrainingEvent)
        .join(link, link.session_id == TrainingSession.id)
        .join(TrainingEvent, TrainingEvent.id == TrainingSession.event_id)
        .where(link.speaker_id == speaker_id, queries.visible(office), TrainingEvent.state != "cancelled")
        .order_by(TrainingSession.starts_at.desc())
        .limit(50)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def add_speaker(values: Mapping[str, Any], *, office: str) -> TrainingSpeaker:
    """Add a speaker of the office: `name`, `position`, `organisation`, `phone`, `topics` (lines of text, or a list)."""
    return _save_speaker(TrainingSpeaker(region_code=office), "training.speaker_added", values)


def change_speaker(
    speaker_id: uuid.UUID, values: Mapping[str, Any], *, office: str, seen: int | None
) -> TrainingSpeaker:
    """Change a speaker. Raises Missing, ChangedMeanwhile."""
    row = _own(TrainingSpeaker, speaker_id, office, seen)
    return _save_speaker(row, "training.speaker_changed", values)


def delete_speaker(speaker_id: uuid.UUID, *, office: str) -> None:
    """Take a speaker away. Raises Missing; Refused when they speak in a session."""
    row = _own(TrainingSpeaker, speaker_id, office, None)
    used = select(func.count()).where(TrainingSessionSpeaker.speaker_id == row.id)
    _delete(row, "training.speaker_deleted", db.session.scalar(used) or 0)


# --- shared --------------------------------------------------------------------------------------------------------


def region_choices(office: str) -> list[Region]:
    """Kabupaten and kecamatan of the office's province, to say where a place lies: one select."""
    province = office.split(".")[0]
    query = select(Region).where(
        Region.level.in_((2, 3)), Region.code.startswith(f"{province}.", autoescape=True)
    )
    return list(db.session.scalars(query.order_by(Region.code)))


def _venues(search: str, region: str) -> Any:
    used = (
        select(func.count())
        .where(TrainingEvent.venue_id == TrainingVenue.id, TrainingEvent.state != "cancelled")
        .correlate(TrainingVenue)
        .scalar_subquery()
    )
    query = select(TrainingVenue, used).order_by(TrainingVenue.name, TrainingVenue.id)
    if region:
        query = query.where(queries.at_or_below(TrainingVenue.region_code, region))
    if search:
        query = query.where(
            or_(
                TrainingVenue.name.icontains(search, autoescape=True),
                TrainingVenue.address.icontains(search, autoescape=True),
            )
        )
    return query


def _speakers(office: str, search: str) -> Any:
    link = TrainingSessionSpeaker
    used = (
        select(func.count())
        .where(link.speaker_id == TrainingSpeaker.id)
        .correlate(TrainingSpeaker)
        .scalar_subquery()
    )
    query = (
        select(TrainingSpeaker, used)
        .where(queries.around(TrainingSpeaker.region_code, office))
        .order_by(TrainingSpeaker.name, TrainingSpeaker.id)
    )
    if search:
        query = query.where(
            or_(
                TrainingSpeaker.name.icontains(search, autoescape=True),
                TrainingSpeaker.organisation.icontains(search, autoescape=True),
                func.array_to_string(TrainingSpeaker.topics, " ").icontains(search, autoescape=True),
            )
        )
    return query


def _found(model: type[Kept], row_id: uuid.UUID, *where: ColumnElement[bool]) -> Kept:
    row = db.session.scalars(select(model).where(model.id == row_id, *where)).one_or_none()
    if row is None:
        raise Missing(model.__tablename__)
    return row


def _own(model: type[Kept], row_id: uuid.UUID, office: str, seen: int | None) -> Kept:
    """An entry that the office may change, locked until the transaction ends."""
    query = select(model).where(model.id == row_id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None or not may_change(row, office):
        db.session.rollback()
        raise Missing(model.__tablename__)
    if seen is not None and seen != row.row_version:
        present = {"row_version": row.row_version}
        db.session.rollback()
        raise ChangedMeanwhile(present)
    return row


def _save_venue(row: TrainingVenue, action: str, values: Mapping[str, Any], office: str) -> TrainingVenue:
    code = values["region_code"]
    region = db.session.get(Region, code)
    if region is None or region.level not in (2, 3) or code.split(".")[0] != office.split(".")[0]:
        db.session.rollback()
        raise Invalid("region_code", _("Pilih kabupaten, kota, atau kecamatan dari daftar."))
    point = values.get("point")
    row.latitude, row.longitude = point if point else (None, None)
    return _save(row, action, values, ("name", "region_code", "address", "capacity"))


def _save_speaker(row: TrainingSpeaker, action: str, values: Mapping[str, Any]) -> TrainingSpeaker:
    topics = values.get("topics") or []
    row.topics = topics.split("\n") if isinstance(topics, str) else list(topics)
    return _save(row, action, values, ("name", "position", "organisation", "phone"))


def _save(row: Kept, action: str, values: Mapping[str, Any], names: Sequence[str]) -> Kept:
    for name in names:
        setattr(row, name, values.get(name, "" if name not in ("capacity", "year") else None))
    is_new = row.id is None
    if not is_new:
        row.row_version += 1
    db.session.add(row)
    db.session.flush()
    _note(action, row)
    db.session.commit()
    return row


def _delete(row: Any, action: str, used: int) -> None:
    if used:
        db.session.rollback()
        raise Refused(_("Masih dipakai %(count)s kali, jadi tidak dihapus.", count=number(used)))
    _note(action, row)
    db.session.delete(row)
    db.session.commit()


def _note(action: str, row: Any) -> None:
    audit.record(
        action,
        object_type=row.__tablename__,
        object_id=row.id,
        summary=getattr(row, "title", None) or row.name,
        details={"region": keeper_of(row)},
    )
