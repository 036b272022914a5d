"""Taking a deed back: whole, and only while nothing newer rests on it.

Each of its lines is undone (see `Writing.undo`), newest first, under the village's lock. A line is in the way when it
is newer, of the same person or household, and changed a field that the deed changed; where the ledger counts somebody
hangs on five fields together, so they count as one. A line whose note retention removed may have changed anything: it
can't be undone, and nothing before it. Afterwards each household that was touched must make sense: it is active exactly
when somebody lives in it, and has at most one head.

A household counts from its first member on. When that member's entry is taken back while others live there, the line
with which it began to count passes to the deed that brought the next one.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from app.core import audit
from app.core.ui.formats import date as spoken_date
from app.core.village.errors import Missing
from app.extensions import db
from app.government.residents import codes
from app.government.residents.derive import is_anonymous
from app.government.residents.events.deeds import explain, refuse
from app.government.residents.events.kinds import RECORDED, kind_word, main_kind
from app.government.residents.models import Household, LifeEvent, Resident
from app.government.residents.writing import Noted, Writing

CELL_FIELDS = frozenset({"sex", "nationality", "residence_status", "vital_status", "sub_area_id"})
"""What decides where the ledger counts a person (and `state` with the area, a household)."""
ENTRY_FIELDS = CELL_FIELDS | {"household_id", "relation", "state", "head_id"}
"""What makes a newer line rest on the entry of a person or a household."""
PHOTO_ONLY = frozenset({"photo_document_id"})
"""Changes of the portrait: the file that stood before is gone."""
UNDOABLE = frozenset((*RECORDED, "opening", "correction", "household_opening"))


@dataclass(slots=True)
class _Line:
    event: LifeEvent
    noted: Noted
    fields: frozenset[str]


def undo_deed(deed_id: uuid.UUID) -> bool:
    """Take a deed back and commit; returns whether it had to be answered in a later month (its own was closed).

    Raises Missing, Refused (undone already, a reversal itself, an import, or something newer in the way).
    """
    try:
        return _undo(deed_id)
    except IntegrityError as error:
        db.session.rollback()
        explain(error)
    except BaseException:
        db.session.rollback()
        raise


def _undo(deed_id: uuid.UUID) -> bool:
    events = _events(deed_id)
    if not events:
        raise Missing(str(deed_id))
    writing = Writing(min(event.happened_on for event in events))
    people, homes = _hold(events)
    events = _events(deed_id)
    _check_undoable(events)
    if any(is_anonymous(person.name) for person in people.values()):
        refuse(
            "",
            "anonymous",
            _("Data orangnya sudah dihapus karena lewat masa simpan, jadi ini tidak dapat dibatalkan."),
        )
    lines = _without_beginnings([_line(writing, event) for event in events], people)
    _check_notes(lines)
    _check_newest(writing, lines)
    is_answered = False
    for line in reversed(lines):
        is_answered |= line.event.month < writing.first_open_month()
        held: dict[Any, Any] = people if line.event.resident_id else homes
        subject = held[line.event.resident_id or line.event.household_id]
        writing.happened_on = line.event.happened_on
        writing.undo(line.event, subject)
    db.session.flush()
    _check_sense(list(people.values()), homes)
    names = [people[event.resident_id].name for event in events if event.resident_id]
    kind = main_kind(event.kind for event in events)
    audit.record(
        "life_event.undone",
        object_type="life_event",
        object_id=deed_id,
        summary=", ".join(dict.fromkeys(names[:3])),
        details={"event_kind": kind, "happened_on": events[0].happened_on, "people": len(set(names))},
    )
    writing.finish()
    return is_answered


def _events(deed_id: uuid.UUID) -> list[LifeEvent]:
    query = select(LifeEvent).where(LifeEvent.deed_id == deed_id).order_by(LifeEvent.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _hold(events: list[LifeEvent]) -> tuple[dict[uuid.UUID, Resident], dict[uuid.UUID, Household]]:
    """Lock the people of the deed, then its households and theirs."""
    person_ids = {event.resident_id for event in events if event.resident_id}
    home_ids = {event.household_id for event in events if event.household_id}
    present = select(Resident.household_id).where(
        Resident.id.in_(person_ids), Resident.household_id.is_not(None)
    )
    home_ids |= set(db.session.scalars(present))
    held = select(Resident).where(Resident.id.in_(person_ids)).order_by(Resident.id).with_for_update()
    people = {p.id: p for p in db.session.scalars(held.execution_options(populate_existing=True))}
    query = select(Household).where(Household.id.in_(home_ids)).order_by(Household.id).with_for_update()
    homes = {home.id: home for home in db.session.scalars(query.execution_options(populate_existing=True))}
    return people, homes


def _check_undoable(events: list[LifeEvent]) -> None:
    if any(event.undone_at is not None for event in events) or _is_answered(events):
        refuse("", "undone", _("Peristiwa ini sudah dibatalkan."))
    if any(event.kind == "reversal" for event in events):
        refuse("", "reversal", _("Pembatalan tidak dapat dibatalkan. Catat peristiwanya sekali lagi."))
    if any(event.import_id is not None for event in events):
        refuse("", "import", _("Ini bagian dari sebuah impor. Batalkan impornya di halaman impor."))
    if main_kind(event.kind for event in events) not in UNDOABLE:
        refuse("", "kind", _("Catatan seperti ini tidak dapat dibatalkan sendiri."))


def _is_answered(events: list[LifeEvent]) -> bool:
    people = {event.resident_id for event in events if event.resident_id}
    mine = or_(LifeEvent.resident_id.in_(people), LifeEvent.resident_id.is_(None))
    query = (
        select(LifeEvent.id).where(mine, LifeEvent.reverses_id.in_([event.id for event in events])).limit(1)
    )
    return db.session.scalar(query) is not None


def _line(writing: Writing, event: LifeEvent) -> _Line:
    noted = writing.noted(event)
    if noted.is_entry:
        return _Line(event, noted, ENTRY_FIELDS)
    fields = frozenset(noted.before) | frozenset(noted.after)
    if fields & CELL_FIELDS or "state" in fields:
        fields |= CELL_FIELDS | {"state"}
    return _Line(event, noted, fields)


def _without_beginnings(lines: Sequence[_Line], people: Collection[uuid.UUID]) -> list[_Line]:
    """The lines to take back: a household that others live in goes on counting, by the deed that brought them."""
    kept = []
    for line in lines:
        if line.event.resident_id is None and line.noted.before.get("state") == "empty":
            heir = _next_deed(line.event, people)
            if heir is not None:
                line.event.deed_id = heir
                continue
        kept.append(line)
    return kept


def _next_deed(event: LifeEvent, people: Collection[uuid.UUID]) -> uuid.UUID | None:
    """The deed that brought the next of those who live in the household of `event`, beside `people`."""
    stays = select(Resident.id).where(
        Resident.household_id == event.household_id,
        Resident.vital_status == codes.ALIVE,
        Resident.id.not_in(people),
    )
    query = (
        select(LifeEvent.deed_id)
        .where(
            LifeEvent.resident_id.in_(stays),
            LifeEvent.household_id == event.household_id,
            LifeEvent.undone_at.is_(None),
            LifeEvent.import_id.is_(None),
            LifeEvent.deed_id != event.deed_id,
        )
        .order_by(LifeEvent.id)
        .limit(1)
    )
    return db.session.scalar(query)


def _check_notes(lines: Iterable[_Line]) -> None:
    """Refuse what can't be brought back: notes that were removed, a portrait whose file is gone."""
    if any(line.noted.is_removed for line in lines):
        _refuse_removed()
    if any(line.fields == PHOTO_ONLY for line in lines):
        refuse(
            "", "photo", _("Foto yang lama sudah dihapus, jadi ini tidak dapat dibatalkan. Pasang foto lagi.")
        )


def _refuse_removed() -> None:
    sentence = _("Catatan lamanya sudah dihapus karena lewat masa simpan, jadi ini tidak dapat dibatalkan.")
    refuse("", "removed", sentence)


def _check_newest(writing: Writing, lines: list[_Line]) -> None:
    """Refuse when a newer line of the same person or household changed what one of these lines changed."""
    fields: dict[tuple[uuid.UUID | None, uuid.UUID | None], frozenset[str]] = {}
    first: dict[tuple[uuid.UUID | None, uuid.UUID | None], uuid.UUID] = {}
    for line in lines:
        key = _subject(line.event)
        fields[key] = fields.get(key, frozenset()) | line.fields
        first.setdefault(key, line.event.id)
    people = {person for person, _home in fields if person}
    homes = {home for person, home in fields if home and not person}
    query = (
        select(LifeEvent)
        .where(
            or_(
                LifeEvent.resident_id.in_(people),
                LifeEvent.resident_id.is_(None) & LifeEvent.household_id.in_(homes),
            ),
            LifeEvent.id > lines[0].event.id,
            LifeEvent.deed_id != lines[0].event.deed_id,
            LifeEvent.undone_at.is_(None),
        )
        .order_by(LifeEvent.id.desc())
    )
    newer = list(db.session.scalars(query))
    answered = {event.reverses_id for event in newer if event.reverses_id}
    for event in newer:
        if event.kind == "reversal" or event.id in answered or event.id < first[_subject(event)]:
            continue
        newer_line = _line(writing, event)
        if newer_line.noted.is_removed:
            _refuse_removed()
        if newer_line.fields & fields[_subject(event)]:
            _refuse_for(event)


def _subject(event: LifeEvent) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    return (event.resident_id, None) if event.resident_id else (None, event.household_id)


def _refuse_for(event: LifeEvent) -> None:
    name = db.session.scalar(select(Resident.name).where(Resident.id == event.resident_id)) or _(
        "keluarga ini"
    )
    said: dict[str, Any] = {
        "name": name,
        "kind": kind_word(event.kind).lower(),
        "date": spoken_date(event.happened_on),
    }
    sentence = _(
        "Tidak dapat dibatalkan: sesudahnya ada peristiwa lain tentang %(name)s (%(kind)s, %(date)s). "
        "Batalkan itu lebih dahulu.",
        **said,
    )
    refuse("", "newer_event", sentence)


def _check_sense(people: Collection[Resident], homes: Iterable[uuid.UUID]) -> None:
    """Refuse what would leave a household without sense."""
    own = {person.id for person in people}
    touched = {person.household_id for person in people if person.household_id} | set(homes)
    rows = select(Resident.household_id, Resident.id, Resident.name, Resident.relation, Resident.vital_status)
    members: dict[uuid.UUID, list[Any]] = {}
    for row in db.session.execute(rows.where(Resident.household_id.in_(touched))):
        members.setdefault(row.household_id, []).append(row)
    for home in db.session.scalars(select(Household).where(Household.id.in_(touched))):
        ever = members.get(home.id, [])
        here = [row for row in ever if row.vital_status == codes.ALIVE]
        heads = [row for row in here if row.relation == codes.HEAD_OF_HOUSEHOLD]
        if here and home.state != "active":
            sentence = _(
                "Tidak dapat dibatalkan: %(name)s akan menjadi anggota keluarga yang tidak aktif. "
                "Batalkan dahulu peristiwa yang lebih baru di keluarga itu.",
                name=here[0].name,
            )
            refuse("", "household_ended", sentence)
        if not here and home.state == "active" and any(row.id not in own for row in ever):
            refuse(
                "",
                "household_empty",
                _("Tidak dapat dibatalkan: sebuah keluarga akan tinggal tanpa anggota."),
            )
        if len(heads) > 1:
            sentence = _(
                "Tidak dapat dibatalkan: %(one)s dan %(other)s akan sama-sama menjadi kepala keluarga.",
                one=heads[0].name,
                other=heads[1].name,
            )
            refuse("", "second_head", sentence)
