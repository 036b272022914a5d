"""The only way to change the register: every change is a dated line of the ledger, written with it.

`Writing` is one deed in the open transaction. It seals, indexes, derives and posts, so that what stands in `resident`
and `household` and what the ledger sums to can't part. The service that makes one commits by `finish()`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy import inspect as inspected

from app.core.actors import current_actor
from app.core.privacy.vault import Vault, open_vault, raise_register_version
from app.extensions import db
from app.government.residents import codes, derive
from app.government.residents.models import SEALED_FIELDS, Household, LifeEvent, PopulationMonth, Resident
from tenants.ids import uuid7
from tenants.models import now

_OWN = frozenset((
    "id", "box", "nik_index", "kk_index", "nik_state", "missing_count", "row_version", "created_at", "updated_at",
))  # fmt: skip
RESIDENT_FIELDS = tuple(c.key for c in inspected(Resident).column_attrs if c.key not in _OWN)
HOUSEHOLD_FIELDS = tuple(c.key for c in inspected(Household).column_attrs if c.key not in _OWN)

FIRST_MEMBER = {
    "opening": "household_opening", "move_in": "household_moved_in", "return": "household_returned",
}  # fmt: skip
"""How a household that was empty begins to count, by how its first member came; `household_formed` otherwise."""

REMOVED = "removed"
"""Stands in a line's details when its note was removed because the time to keep it was over (see rights.retention)."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a line keeps sealed: fields before and after it, and what is personal about the event itself."""

    before: dict[str, Any]
    after: dict[str, Any]
    private: dict[str, Any]
    is_entry: bool
    """Whether the line entered its subject into the register."""
    is_removed: bool = False
    """Whether what the line noted was removed when the time to keep it was over: nobody can say what stood before."""


def plain(value: Any) -> Any:
    """A value as a sealed note keeps it: dates and ids as text."""
    return str(value) if isinstance(value, dt.date | uuid.UUID) else value


class Writing:
    """One deed: any number of residents and households changed together, under one `deed_id`.

    Making one takes the village's lock (`open_vault(alone=True)`) until the commit, so deeds of a village come one by
    one. It is made before anything of the register is read to be changed, and before any row is locked.

    Args:
        happened_on: the day of the event; reported_on: the day it was reported (today when not said).
        import_id: the import that does it.
    """

    def __init__(
        self,
        happened_on: dt.date,
        reported_on: dt.date | None = None,
        *,
        import_id: uuid.UUID | None = None,
        recorded_by: str | None = None,
    ) -> None:
        self.vault: Vault = open_vault(alone=True)
        self.deed_id = uuid7()
        self.happened_on = happened_on
        self.reported_on = reported_on or today()
        self.import_id = import_id
        actor = current_actor()
        self.recorded_by = recorded_by if recorded_by is not None else (actor.name if actor else "")
        self.events: list[LifeEvent] = []
        self._open_month: dt.date | None = None

    # -- people -------------------------------------------------------------------------------------------------

    def add_resident(
        self,
        kind: str,
        values: Mapping[str, Any],
        details: Mapping[str, Any] | None = None,
        *,
        resident_id: uuid.UUID | None = None,
    ) -> Resident:
        """Enter a new person. `values`: columns of `resident` and names of SEALED_FIELDS (text). A form that may be
        sent twice brings the `resident_id` along.

        `details` stand with the line in clear, but for those under its name `private`, which are sealed with it.
        """
        resident = Resident(
            id=resident_id or uuid7(), **{k: v for k, v in values.items() if k in RESIDENT_FIELDS}
        )
        for name, default in (("nationality", 1), ("residence_status", 1), ("vital_status", 1)):
            if getattr(resident, name) is None:
                setattr(resident, name, default)
        resident.row_version = 1
        sealed = {name: values.get(name) or "" for name in SEALED_FIELDS}
        self._seal(resident, sealed)
        db.session.add(resident)
        db.session.flush()
        after = {k: plain(v) for k, v in values.items() if v not in (None, "")}
        self._post(kind, resident, (None, None), {}, after, details)
        self._begin_household(kind, resident)
        return resident

    def change_resident(
        self,
        kind: str,
        resident: Resident,
        values: Mapping[str, Any],
        details: Mapping[str, Any] | None = None,
    ) -> LifeEvent | None:
        """Change a person; only what differs is written. Returns the ledger's line, None when nothing differs.

        `values`: columns of `resident` and names of SEALED_FIELDS. Lines of other kinds than `correction` are written
        even when no field differs.
        """
        stood = (derive.cell_of(resident), resident.sub_area_id)
        before, after = self._apply_to_resident(resident, values, even_if_same=kind != "correction")
        if not after and kind == "correction":
            return None
        event = self._post(kind, resident, stood, before, after, details)
        if "household_id" in after or "vital_status" in after:
            self._begin_household(kind, resident)
        return event

    def _begin_household(self, kind: str, resident: Resident) -> None:
        """Let the household in which somebody now lives count from this deed on, if they are its first member."""
        if resident.household_id is None or derive.cell_of(resident) is None:
            return
        household = db.session.get(Household, resident.household_id)
        if household is not None and household.state == "empty":
            begun = FIRST_MEMBER.get(kind, "household_formed")
            self.change_household(begun, household, {"state": "active"})

    def _apply_to_resident(
        self, resident: Resident, values: Mapping[str, Any], *, even_if_same: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        sealed = self.sealed_of(resident)
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name, value in values.items():
            if name in SEALED_FIELDS:
                present: Any = sealed.get(name, "")
                value = value or ""
            elif name in RESIDENT_FIELDS:
                present = getattr(resident, name)
            else:
                raise KeyError(name)
            if present != value:
                before[name], after[name] = plain(present), plain(value)
                if name in SEALED_FIELDS:
                    sealed[name] = value
                else:
                    setattr(resident, name, value)
        if after or even_if_same:
            resident.row_version += 1
            resident.updated_at = now()
            self._seal(resident, sealed)
        return before, after

    def sealed_of(self, resident: Resident) -> dict[str, str]:
        """The personal fields of a resident, in clear."""
        return dict(self.vault.open_json(resident.box, f"resident:{resident.id}"))

    def _seal(self, resident: Resident, sealed: Mapping[str, str]) -> None:
        kept = {name: value for name, value in sealed.items() if value}
        nik = kept.get("nik", "")
        resident.box = self.vault.seal_json(kept, f"resident:{resident.id}") if kept else None
        resident.nik_index = self.vault.index("nik", nik) if nik else None
        resident.nik_state = derive.nik_state(nik)
        known = {name: getattr(resident, name, None) for name in derive.REQUIRED if name != "nik"}
        resident.missing_count = derive.missing_count({**known, "nik": nik})

    # -- households ---------------------------------------------------------------------------------------------

    def add_household(
        self,
        kind: str,
        values: Mapping[str, Any],
        details: Mapping[str, Any] | None = None,
        *,
        household_id: uuid.UUID | None = None,
    ) -> Household:
        """Enter a new household. `values`: columns of `household`, and `kk` (text of 16 digits or empty). A form that
        may be sent twice brings the `household_id` along.
        """
        household = Household(
            id=household_id or uuid7(), **{k: v for k, v in values.items() if k in HOUSEHOLD_FIELDS}
        )
        household.state, household.row_version = household.state or "active", 1
        self._seal_household(household, values.get("kk") or "")
        db.session.add(household)
        db.session.flush()
        after = {k: plain(v) for k, v in values.items() if v not in (None, "")}
        self._post(kind, household, (None, None), {}, after, details)
        return household

    def change_household(
        self,
        kind: str,
        household: Household,
        values: Mapping[str, Any],
        details: Mapping[str, Any] | None = None,
    ) -> LifeEvent | None:
        """Change a household; only what differs is written. Returns the ledger's line, None when nothing differs."""
        stood = (_household_cell(household), household.sub_area_id)
        before, after = self._apply_to_household(household, values, even_if_same=kind != "correction")
        if not after and kind == "correction":
            return None
        return self._post(kind, household, stood, before, after, details)

    def _apply_to_household(
        self, household: Household, values: Mapping[str, Any], *, even_if_same: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        kk = self.kk_of(household)
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name, value in values.items():
            if name != "kk" and name not in HOUSEHOLD_FIELDS:
                raise KeyError(name)
            present = kk if name == "kk" else getattr(household, name)
            value = (value or "") if name == "kk" else value
            if present != value:
                before[name], after[name] = plain(present), plain(value)
                if name == "kk":
                    kk = value
                else:
                    setattr(household, name, value)
        if after or even_if_same:
            household.row_version += 1
            household.updated_at = now()
            self._seal_household(household, kk)
        return before, after

    def kk_of(self, household: Household) -> str:
        """The number of the family card in clear, empty when there is none yet."""
        return str(self.vault.open_json(household.box, f"household:{household.id}").get("kk", ""))

    def _seal_household(self, household: Household, kk: str) -> None:
        household.box = self.vault.seal_json({"kk": kk}, f"household:{household.id}") if kk else None
        household.kk_index = self.vault.index("kk", kk) if kk else None

    # -- taking back -------------------------------------------------------------------------------------------

    def noted(self, event: LifeEvent) -> Noted:
        """What a line noted of its subject, opened."""
        kept = self.vault.open_json(event.box, f"life_event:{event.id}")
        before, after = kept.get("before", {}), kept.get("after", {})
        is_removed = event.box is None and (REMOVED in event.details or event.from_cell is not None)
        is_entry = not is_removed and not before and bool(after or event.to_cell is not None)
        return Noted(before, after, kept.get("private", {}), is_entry, is_removed)

    def undo(self, event: LifeEvent, subject: Resident | Household) -> None:
        """Take a line back: its subject stands as before it; what it had entered becomes invalid.

        A line of an open month is marked and no longer counts. One of a closed month keeps counting where it stands,
        and a line `reversal` answers it in the first open month. Whether anything newer stands in the way is for the
        service to know; it holds the subject's lock. Raises ValueError for a line whose note was removed.
        """
        noted = self.noted(event)
        if noted.is_removed:
            raise ValueError(f"what life_event {event.id} noted was removed")
        if noted.is_entry:
            invalid = (
                {"vital_status": codes.INVALID} if isinstance(subject, Resident) else {"state": "invalid"}
            )
            values: dict[str, Any] = invalid
        else:
            values = {name: _restored(type(subject), name, value) for name, value in noted.before.items()}
        if event.month < self.first_open_month():
            if isinstance(subject, Resident):
                answer = self.change_resident("reversal", subject, values, {"reversed": event.kind})
            else:
                answer = self.change_household("reversal", subject, values, {"reversed": event.kind})
            if answer is not None:
                answer.reverses_id = event.id
            return
        if isinstance(subject, Resident):
            self._apply_to_resident(subject, values, even_if_same=True)
        else:
            self._apply_to_household(subject, values, even_if_same=True)
        event.undone_at, event.undone_by = now(), self.recorded_by

    # -- the ledger ---------------------------------------------------------------------------------------------

    def _post(
        self,
        kind: str,
        subject: Resident | Household,
        stood: tuple[int | None, uuid.UUID | None],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        details: Mapping[str, Any] | None,
    ) -> LifeEvent:
        person = isinstance(subject, Resident)
        to_cell = derive.cell_of(subject) if isinstance(subject, Resident) else _household_cell(subject)
        from_cell, from_area = stood
        to_area = subject.sub_area_id if to_cell is not None else None
        counts = from_cell != to_cell or (from_cell is not None and from_area != to_area)
        month = self._month_for(subject.id if counts and before else None)
        event = LifeEvent(
            id=uuid7(),
            deed_id=self.deed_id,
            kind=kind,
            resident_id=subject.id if person else None,
            household_id=subject.household_id if isinstance(subject, Resident) else subject.id,
            happened_on=self.happened_on,
            reported_on=self.reported_on,
            month=month,
            is_late=counts and month > self.happened_on.replace(day=1),
            from_cell=from_cell if counts else None,
            to_cell=to_cell if counts else None,
            from_area_id=from_area if counts and from_cell is not None else None,
            to_area_id=to_area if counts else None,
            details=dict(details or {}),
            version_after=subject.row_version,
            import_id=self.import_id,
            recorded_by=self.recorded_by,
        )
        private = event.details.pop("private", None)
        if before or after or private:
            kept = {"before": before, "after": after, **({"private": private} if private else {})}
            event.box = self.vault.seal_json(kept, f"life_event:{event.id}")
        db.session.add(event)
        self.events.append(event)
        return event

    def _month_for(self, subject_id: uuid.UUID | None) -> dt.date:
        """The month that an event counts in: its own, or the first open one, and never before an earlier line of the
        same person or household, so that no cell falls below zero."""
        month = max(self.happened_on.replace(day=1), self.first_open_month())
        if subject_id is None:
            return month
        own = or_(
            LifeEvent.resident_id == subject_id,
            (LifeEvent.household_id == subject_id) & LifeEvent.resident_id.is_(None),
        )
        counted = or_(LifeEvent.from_cell.is_not(None), LifeEvent.to_cell.is_not(None))
        latest = db.session.scalar(
            select(func.max(LifeEvent.month)).where(own, counted, LifeEvent.undone_at.is_(None))
        )
        return max(month, latest) if latest else month

    def first_open_month(self) -> dt.date:
        """The month after the last closed one; long ago when none was ever closed."""
        if self._open_month is None:
            closed = db.session.scalar(select(func.max(PopulationMonth.month)))
            self._open_month = next_month(closed) if closed else dt.date(1900, 1, 1)
        return self._open_month

    def finish(self) -> None:
        """Raise the register's version and commit. The service has written its audit entry before."""
        db.session.flush()
        raise_register_version()
        db.session.commit()


def _restored(model: type[Resident] | type[Household], name: str, value: Any) -> Any:
    """A value that `plain` made, as its column has it."""
    if name in SEALED_FIELDS or name == "kk" or value is None:
        return value
    python_type = inspected(model).column_attrs[name].columns[0].type.python_type
    if python_type is uuid.UUID:
        return uuid.UUID(value)
    return dt.date.fromisoformat(value) if python_type is dt.date else value


def _household_cell(household: Household) -> int | None:
    return derive.HOUSEHOLD_CELL if household.state == "active" else None


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after the one that begins on `month`."""
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def today() -> dt.date:
    """The present day in Lampung (WIB)."""
    from app.core.tables import ZONE

    return dt.datetime.now(ZONE).date()
