"""Taking an import back: who it entered is removed, who it changed stands as before, unless somebody came after it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import and_, delete, exists, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.core.privacy.vault import Vault
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import codes
from app.government.residents.areas import why_kept
from app.government.residents.imports import rows
from app.government.residents.models import (
    SEALED_FIELDS,
    DataRequest,
    Household,
    LifeEvent,
    Resident,
    ResidentDocument,
)
from app.government.residents.rights.holdings import in_use
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
    """How many residents were removed, how many stand as before, and how many areas were removed."""

    removed: int
    restored: int
    areas: int


def undo_rows(
    import_id: uuid.UUID,
    writing: Writing,
    made_areas: Sequence[uuid.UUID] = (),
    progress: Callable[[int], None] = lambda stage: None,
) -> Undone:
    """Take back all that an import wrote, in the open transaction; the caller records and commits.

    Args:
        import_id: whose lines of the ledger are taken back.
        writing: carries vault and days.
        made_areas: the areas that the import made; those that nobody uses any more are removed.
        progress: told how many of four stages are done.
    Raises:
        InTheWay: the caller rolls back.
    """
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
    try:
        _restore_people(people, set(new_people), writing)
        progress(2)
        _restore_households(households, set(new_households), writing)
        progress(3)
        marked = update(LifeEvent).where(LifeEvent.import_id == import_id, LifeEvent.undone_at.is_(None))
        db.session.execute(marked.values(undone_at=now(), undone_by=writing.recorded_by))
        _remove(new_people, new_households)
        areas = _remove_areas(made_areas)
        db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except IntegrityError as error:
        raise InTheWay(_("Sebagian warga dari impor ini sudah dipakai di bagian lain.")) from error
    progress(4)
    return Undone(len(new_people), len(people) - len(new_people), areas)


def _remove(people: Sequence[uuid.UUID], households: Sequence[uuid.UUID]) -> None:
    for some in _chunks(people):
        db.session.execute(delete(LifeEvent).where(LifeEvent.resident_id.in_(some)))
        db.session.execute(delete(Resident).where(Resident.id.in_(some)))
    for some in _chunks(households):
        db.session.execute(
            delete(LifeEvent).where(LifeEvent.household_id.in_(some), LifeEvent.resident_id.is_(None))
        )
        db.session.execute(delete(Household).where(Household.id.in_(some)))


def _remove_areas(made: Sequence[uuid.UUID]) -> int:
    """Remove areas that the import made, the smallest first, where nobody lives and that nothing else names."""
    removed = 0
    for area_id in reversed(made):
        area = db.session.get(SubArea, area_id)
        if area is None or why_kept(area) is not None:
            continue
        try:
            with db.session.begin_nested():
                db.session.delete(area)
        except IntegrityError:
            continue
        removed += 1
    return removed


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
            *(and_(used, _is_entered(import_id)) for used in in_use()),
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
        needed = _Needed(vault)
        for found_row in found:
            row = dict(found_row)
            resident_id = row["id"]
            line = lines[resident_id]
            before = vault.open_json(line.box, f"life_event:{line.id}")["before"]
            sealed = dict(vault.open_json(row["box"], f"resident:{resident_id}"))
            needed.note(row["name"], before, row["vital_status"] == codes.ALIVE)
            changed: dict[str, Any] = {}
            for name, value in before.items():
                if name in SEALED_FIELDS:
                    sealed[name] = value or ""
                else:
                    row[name] = changed[name] = rows.restored(name, value)
            changed |= rows.sealed_columns(resident_id, row, sealed, vault)
            changed |= {"id": resident_id, "row_version": row["row_version"] + 1, "updated_at": moment}
            written[tuple(sorted(changed))].append(changed)
        needed.check(some)
        for several in written.values():
            db.session.execute(update(Resident), several)


def _restore_households(lines: dict[Any, Any], new: set[Any], writing: Writing) -> None:
    changed = [key for key in lines if key not in new]
    needed = _Needed(writing.vault)
    befores = {
        key: writing.vault.open_json(lines[key].box, f"life_event:{lines[key].id}")["before"]
        for key in changed
    }
    households = list(db.session.scalars(select(Household).where(Household.id.in_(changed))))
    for household in households:
        needed.note(
            _("keluarga di %(address)s", address=household.address or "–"), befores[household.id], alive=False
        )
    needed.check(changed)
    for household in households:
        before = befores[household.id]
        for name, value in before.items():
            setattr(household, name, rows.restored(name, value))
        household.row_version += 1
        household.updated_at = now()
    db.session.flush()


class _Needed:
    """What must still stand for values to come back: their areas and households, and numbers that nobody else got."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.areas: dict[uuid.UUID, str] = {}
        self.households: dict[uuid.UUID, str] = {}
        self.numbers: dict[bytes, str] = {}

    def note(self, name: str, before: Mapping[str, Any], alive: bool) -> None:
        """Note what somebody (`name`, for a sentence) gets back."""
        if before.get("sub_area_id"):
            self.areas[uuid.UUID(before["sub_area_id"])] = name
        if before.get("household_id"):
            self.households[uuid.UUID(before["household_id"])] = name
        if before.get("nik") and alive:
            self.numbers[self.vault.index("nik", before["nik"])] = name

    def check(self, own: Sequence[uuid.UUID]) -> None:
        """Raise InTheWay with the names of whoever can't stand as before. `own`: ids that are written now."""
        holders = db.session.execute(
            select(Resident.nik_index, Resident.name).where(
                Resident.nik_index.in_(self.numbers),
                Resident.vital_status == codes.ALIVE,
                Resident.id.not_in(own),
            )
        )
        taken = {self.numbers[bytes(index)]: name for index, name in holders if index}
        if taken:
            held = [
                _("%(name)s (NIK-nya kini dipakai %(other)s)", name=name, other=other)
                for name, other in taken.items()
            ]
            raise InTheWay(_("NIK yang akan dikembalikan sudah dipakai orang lain."), held)
        gone = _gone(SubArea, self.areas)
        if gone:
            raise InTheWay(_("Wilayah tempat tinggal sebelumnya sudah dihapus."), gone)
        gone = _gone(Household, self.households)
        if gone:
            raise InTheWay(_("Keluarga sebelumnya sudah tidak ada."), gone)


def _gone(model: type[Any], wanted: Mapping[uuid.UUID, str]) -> list[str]:
    if not wanted:
        return []
    here = set(
        db.session.scalars(select(model.id).where(model.id.in_(wanted)).with_for_update(key_share=True))
    )
    return [name for key, name in wanted.items() if key not in here]


def _chunks(keys: Iterable[Any]) -> Iterable[list[Any]]:
    found = list(keys)
    for start in range(0, len(found), CHUNK):
        yield found[start : start + CHUNK]
