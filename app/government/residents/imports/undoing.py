"""Taking an import back: who it entered is removed, who it changed stands as before, unless somebody came after it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.extensions import db
from app.government.residents.imports import rows
from app.government.residents.models import (
    SEALED_FIELDS,
    DataRequest,
    Household,
    LifeEvent,
    Resident,
    ResidentDocument,
)
from app.government.residents.writing import Writing
from tenants.models import now

NAMED = 20
CHUNK = 2000


class InTheWay(RuntimeError):
    """The import can't be taken back; the message says why, `names` whom it is about (the first ones)."""

    def __init__(self, sentence: str, names: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.names = list(names)[:NAMED]


@dataclass(frozen=True, slots=True)
class Undone:
    """How many residents were removed, and how many stand as before."""

    removed: int
    restored: int


def undo_rows(
    import_id: uuid.UUID, writing: Writing, progress: Callable[[int], None] = lambda stage: None
) -> Undone:
    """Take back all that an import wrote, in the open transaction; the caller records and commits. Raises InTheWay."""
    lines = list(
        db.session.execute(
            select(*(getattr(LifeEvent, name) for name in (
                "id", "kind", "resident_id", "household_id", "month", "version_after", "box")))
            .where(LifeEvent.import_id == import_id, LifeEvent.undone_at.is_(None))
        )
    )  # fmt: skip
    people = {line.resident_id: line for line in lines if line.resident_id is not None}
    households = {line.household_id: line for line in lines if line.resident_id is None}
    if any(line.month < writing.first_open_month() for line in lines):
        raise InTheWay(_("Bulan impor ini sudah ditutup. Perbaiki datanya satu per satu."))
    _nothing_newer(import_id, people, households)
    progress(1)
    new_people = [key for key, line in people.items() if line.kind == "opening"]
    new_households = [key for key, line in households.items() if line.kind == "household_opening"]
    _restore_people(people, set(new_people), writing)
    progress(2)
    _restore_households(households, set(new_households), writing)
    progress(3)
    marked = update(LifeEvent).where(LifeEvent.import_id == import_id, LifeEvent.undone_at.is_(None))
    db.session.execute(marked.values(undone_at=now(), undone_by=writing.recorded_by))
    try:
        for some in _chunks(new_people):
            db.session.execute(delete(LifeEvent).where(LifeEvent.resident_id.in_(some)))
            db.session.execute(delete(Resident).where(Resident.id.in_(some)))
        for some in _chunks(new_households):
            db.session.execute(
                delete(LifeEvent).where(LifeEvent.household_id.in_(some), LifeEvent.resident_id.is_(None))
            )
            db.session.execute(delete(Household).where(Household.id.in_(some)))
    except IntegrityError as error:
        raise InTheWay(_("Sebagian warga dari impor ini sudah dipakai di bagian lain.")) from error
    progress(4)
    return Undone(len(new_people), len(people) - len(new_people))


def _nothing_newer(import_id: uuid.UUID, people: dict[Any, Any], households: dict[Any, Any]) -> None:
    """Refuse when anything that the import wrote was touched since. Rows are locked in the order of their ids."""
    names: list[str] = []
    for some in _chunks(sorted(people)):
        query = select(Resident.id, Resident.name, Resident.row_version).where(Resident.id.in_(some))
        here = {row.id: row for row in db.session.execute(query.order_by(Resident.id).with_for_update())}
        names += [
            here[key].name if key in here else "–"
            for key in some
            if key not in here or here[key].row_version != people[key].version_after
        ]
    later = aliased(LifeEvent)
    newer = select(Resident.name).where(
        exists().where(LifeEvent.resident_id == Resident.id, LifeEvent.import_id == import_id),
        or_(
            exists().where(
                later.resident_id == Resident.id,
                or_(later.import_id.is_(None), later.import_id != import_id),
                later.recorded_at > select(LifeEvent.recorded_at)
                .where(LifeEvent.import_id == import_id, LifeEvent.resident_id == Resident.id)
                .limit(1).scalar_subquery(),
            ),
            exists().where(ResidentDocument.resident_id == Resident.id, _is_entered(import_id)),
            exists().where(DataRequest.resident_id == Resident.id, _is_entered(import_id)),
        ),
    )  # fmt: skip
    names += list(db.session.scalars(newer.limit(NAMED * 2)))
    entered = [key for key, line in households.items() if line.kind == "household_opening"]
    for some in _chunks(entered):
        strangers = select(Resident.name).where(
            Resident.household_id.in_(some), Resident.id.not_in(list(people))
        )
        names += list(db.session.scalars(strangers))
    for some in _chunks(sorted(households)):
        found = select(Household.id, Household.address, Household.row_version).where(Household.id.in_(some))
        here = {row.id: row for row in db.session.execute(found.order_by(Household.id).with_for_update())}
        names += [
            _("keluarga di %(address)s", address=here[key].address or "–") if key in here else "–"
            for key in some
            if key not in here or here[key].row_version != households[key].version_after
        ]
    if names:
        several = list(dict.fromkeys(names))
        raise InTheWay(
            ngettext(
                "%(count)s data dari impor ini sudah berubah sesudahnya, jadi impor ini tidak dibatalkan.",
                "%(count)s data dari impor ini sudah berubah sesudahnya, jadi impor ini tidak dibatalkan.",
                len(several),
                count=len(several),
            ),
            several,
        )


def _is_entered(import_id: uuid.UUID) -> Any:
    entry = aliased(LifeEvent)
    return exists().where(
        entry.resident_id == Resident.id, entry.import_id == import_id, entry.kind == "opening"
    )


def _restore_people(lines: dict[Any, Any], new: set[Any], writing: Writing) -> None:
    vault, moment = writing.vault, now()
    for some in _chunks([key for key in lines if key not in new]):
        found = db.session.execute(
            select(*Resident.__table__.columns).where(Resident.id.in_(some))
        ).mappings()
        written: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for found_row in found:
            row = dict(found_row)
            resident_id = row["id"]
            line = lines[resident_id]
            before = vault.open_json(line.box, f"life_event:{line.id}")["before"]
            sealed = dict(vault.open_json(row["box"], f"resident:{resident_id}"))
            changed: dict[str, Any] = {}
            for name, value in before.items():
                if name in SEALED_FIELDS:
                    sealed[name] = value or ""
                else:
                    row[name] = changed[name] = rows.restored(name, value)
            changed |= rows.sealed_columns(resident_id, row, sealed, vault)
            changed |= {"id": resident_id, "row_version": row["row_version"] + 1, "updated_at": moment}
            written[tuple(sorted(changed))].append(changed)
        for several in written.values():
            db.session.execute(update(Resident), several)


def _restore_households(lines: dict[Any, Any], new: set[Any], writing: Writing) -> None:
    changed = [key for key in lines if key not in new]
    for household in db.session.scalars(select(Household).where(Household.id.in_(changed))):
        line = lines[household.id]
        before = writing.vault.open_json(line.box, f"life_event:{line.id}")["before"]
        for name, value in before.items():
            setattr(household, name, rows.restored(name, value))
        household.row_version += 1
        household.updated_at = now()
    db.session.flush()


def _chunks(keys: Iterable[Any]) -> Iterable[list[Any]]:
    found = list(keys)
    for start in range(0, len(found), CHUNK):
        yield found[start : start + CHUNK]
