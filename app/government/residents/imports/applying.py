"""Applying a plan: one transaction for all of it, by COPY; a line of the ledger for whatever changes.

Whoever was changed by somebody else since the preview is left as they are and named in the result.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from sqlalchemy import func, or_, select, update

from app.core.privacy.vault import Vault
from app.core.village.models import HANDED_OVER, SubArea
from app.extensions import db
from app.government.residents import codes, derive
from app.government.residents.imports import rows
from app.government.residents.imports.areas import folded
from app.government.residents.imports.storing import get_lines, get_part
from app.government.residents.models import OPEN_STATES, SEALED_FIELDS, Household, LifeEvent, Resident
from app.government.residents.writing import Writing, plain
from tenants.ids import uuid7
from tenants.models import now

PLACES = 4
"""How many stages `progress` is told of."""
CHUNK = 1000
"""Rows that are made, and written, at once."""


@dataclass(slots=True)
class Applied:
    """What was done. `areas`: those that were made; `conflicts`: (row number, code) of rows that were left out."""

    new: int = 0
    changed: int = 0
    households: int = 0
    areas: list[uuid.UUID] = field(default_factory=list)
    conflicts: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A packed plan (see `packing.packed_plan`): its head, and the rows of each kind, read anew each time."""

    head: Mapping[str, Any]
    new: Iterable[Mapping[str, Any]]
    changed: Iterable[Mapping[str, Any]]


def stored_plan(import_id: uuid.UUID, vault: Vault) -> StoredPlan:
    """The plan of an import as it is kept. Raises ObjectMissing, StorageAway."""
    return StoredPlan(
        get_part(import_id, "plan", vault),
        get_lines(import_id, "plan_new", vault),
        get_lines(import_id, "plan_changed", vault),
    )


def apply_plan(
    plan: StoredPlan,
    writing: Writing,
    *,
    make_areas: bool,
    accepted: str = "",
    progress: Callable[[int], None] = lambda stage: None,
) -> Applied:
    """Write a packed plan in the open transaction; the caller records and commits.

    Args:
        plan: what was planned, as it is kept.
        writing: carries vault, days and import; the ledger's lines bear its `deed_id`.
        make_areas: whether areas that the file names and the village lacks are made; otherwise people stand in the
            nearest area above that is known.
        accepted: the note with which warnings were accepted.
    """
    return _Applying(plan, writing, make_areas, accepted, progress).run()


class _Applying:
    def __init__(
        self,
        plan: StoredPlan,
        writing: Writing,
        make_areas: bool,
        accepted: str,
        progress: Callable[[int], None],
    ) -> None:
        self.plan, self.head, self.writing, self.vault = plan, plan.head, writing, writing.vault
        self.make_areas, self.accepted, self.progress = make_areas, accepted, progress
        self.moment = now()
        self.month = max(writing.happened_on.replace(day=1), writing.first_open_month())
        self.areas: dict[tuple[tuple[str, str], ...], uuid.UUID] = {}
        self.events: list[dict[str, Any]] = []
        self.result = Applied()
        self.households: dict[str, uuid.UUID] = {k: uuid.UUID(v) for k, v in self.head["known"].items()}
        self.months: dict[uuid.UUID, dt.date] = {}

    def run(self) -> Applied:
        people, changed, used, refused = self._without_conflicts()
        self.progress(1)
        if self.make_areas:
            self._make_areas()
        households = {k: v for k, v in self.head["households"].items() if k not in refused}
        self._months_of([uuid.UUID(line["id"]) for line in changed], households)
        self._enter_households(households, people, used)
        self._enter_people(people)
        self.progress(2)
        self._change_people(changed)
        self._change_households(households, people, used)
        self.progress(3)
        self._write_events()
        self.progress(4)
        return self.result

    # -- what changed since the preview ---------------------------------------------------------------------------

    def _without_conflicts(
        self,
    ) -> tuple[dict[int, uuid.UUID], list[Mapping[str, Any]], set[str], set[str]]:
        """Who may be written: new people's row numbers with the ids they get, rows of changed ones, the keys of their
        households, and those of households that are refused.

        Whoever is changed is locked. A household that changed takes its rows along.
        """
        changed = {uuid.UUID(line["id"]): line for line in self.plan.changed}
        here = dict(
            db.session.execute(
                select(Resident.id, Resident.row_version)
                .where(Resident.id.in_(changed))
                .order_by(Resident.id)
                .with_for_update()
            ).all()
        ) if changed else {}  # fmt: skip
        refused = self._changed_households()
        taken = self._taken_numbers()
        people: dict[int, uuid.UUID] = {}
        used: set[str] = set()
        for line in self.plan.new:
            why = "household" if line["h"] in refused else ("nik" if line["v"].get("nik") in taken else "")
            if why:
                self._conflict(line, why)
                continue
            people[line["n"]] = uuid7()
            used.add(line["h"])
        kept = []
        for resident_id, line in changed.items():
            why = (
                "household"
                if line["h"] in refused
                else ("" if here.get(resident_id) == line["rv"] else "changed")
            )
            if not why and line["v"].get("nik") in taken:
                why = "nik"
            (self._conflict(line, why) if why else kept.append(line))
        used |= {line["h"] for line in kept}
        return people, kept, used - {None, ""}, refused

    def _conflict(self, line: Mapping[str, Any], why: str) -> None:
        self.result.conflicts.append((line["n"], why))

    def _changed_households(self) -> set[str]:
        """Keys of households that were changed, or entered, by somebody since."""
        plans = self.head["households"]
        known = {uuid.UUID(plan["id"]): key for key, plan in plans.items() if "id" in plan}
        refused: set[str] = set()
        if known:
            query = select(Household.id, Household.row_version, Household.state).where(
                Household.id.in_(known)
            )
            here = {row.id: row for row in db.session.execute(query.order_by(Household.id).with_for_update())}
            for household_id, key in known.items():
                row = here.get(household_id)
                if row is None or row.row_version != plans[key]["rv"] or row.state not in OPEN_STATES:
                    refused.add(key)
        gone = {uuid.UUID(v): k for k, v in self.head["known"].items()}
        if gone and self.vault.register_version != self.head["version"]:
            alive = set(db.session.scalars(
                select(Household.id).where(Household.id.in_(gone), Household.state.in_(OPEN_STATES))))  # fmt: skip
            refused |= {key for household_id, key in gone.items() if household_id not in alive}
        entered = {
            self.vault.index("kk", plan["v"]["kk"]): key
            for key, plan in plans.items()
            if "id" not in plan and plan["v"].get("kk")
        }
        if entered and self.vault.register_version != self.head["version"]:
            stands = select(Household.kk_index).where(
                Household.kk_index.in_(entered), Household.state.in_(OPEN_STATES)
            )
            refused |= {entered[bytes(index)] for index in db.session.scalars(stands) if index}
        return refused

    def _taken_numbers(self) -> set[str]:
        """NIK that somebody got since."""
        if self.vault.register_version == self.head["version"]:
            return set()
        lines = chain(self.plan.new, self.plan.changed)
        wanted = {self.vault.index("nik", nik): nik for line in lines if (nik := line["v"].get("nik"))}
        query = select(Resident.nik_index).where(
            Resident.nik_index.in_(wanted), Resident.vital_status == codes.ALIVE
        )
        return {wanted[bytes(index)] for index in db.session.scalars(query) if index}

    # -- areas ----------------------------------------------------------------------------------------------------

    def _make_areas(self) -> None:
        known = {
            (area.parent_id, area.kind, folded(area.kind, area.name)): area.id
            for area in db.session.scalars(select(SubArea))
        }
        last = dict(
            db.session.execute(
                select(SubArea.kind, func.max(SubArea.sort_order))
                .where(SubArea.sort_order < HANDED_OVER)
                .group_by(SubArea.kind)
            ).all()
        )
        for path in self.head["areas"]:
            parent: uuid.UUID | None = None
            for depth, (kind, name) in enumerate(path, start=1):
                found = known.get((parent, kind, folded(kind, name)))
                if found is None:
                    last[kind] = last.get(kind, -1) + 1
                    found = uuid7()
                    db.session.add(
                        SubArea(id=found, parent_id=parent, kind=kind, name=name, sort_order=last[kind])
                    )
                    db.session.flush()
                    known[parent, kind, folded(kind, name)] = found
                    self.result.areas.append(found)
                self.areas[tuple((k, n) for k, n in path[:depth])] = parent = found

    def _area(self, path: Any, otherwise: uuid.UUID | None) -> uuid.UUID | None:
        return self.areas.get(tuple((kind, name) for kind, name in path), otherwise) if path else otherwise

    # -- households -----------------------------------------------------------------------------------------------

    def _enter_households(
        self, plans: Mapping[str, Any], people: Mapping[int, uuid.UUID], used: set[str]
    ) -> None:
        entered: list[dict[str, Any]] = []
        for key, plan in plans.items():
            if "id" in plan or key not in used:
                continue
            household_id = self.households[key] = uuid7()
            values = {name: rows.restored(name, value) for name, value in plan["v"].items()}
            values["sub_area_id"] = self._area(plan["p"], values.get("sub_area_id"))
            values["head_id"] = self._head(plan["head"], people)
            row = rows.household_row(household_id, values, self.vault, self.moment)
            entered.append(row)
            after = {name: plain(value) for name, value in values.items() if value not in (None, "")}
            self._post(
                "household_opening",
                household_id,
                None,
                (None, None),
                (rows.household_cell(row["state"]), row["sub_area_id"]),
                {},
                after,
                1,
            )
            if len(entered) == CHUNK:
                self._write_households(entered)
        self._write_households(entered)

    def _write_households(self, entered: list[dict[str, Any]]) -> None:
        self.result.households += rows.copy_in(Household, rows.HOUSEHOLD_COLUMNS, entered)
        entered.clear()
        self._write_events()

    def _head(self, head: Any, people: Mapping[int, uuid.UUID]) -> uuid.UUID | None:
        if isinstance(head, int):
            return people.get(head)
        return uuid.UUID(head) if head else None

    def _change_households(
        self, plans: Mapping[str, Any], people: Mapping[int, uuid.UUID], used: set[str]
    ) -> None:
        known = {uuid.UUID(plan["id"]): plan for plan in plans.values() if "id" in plan}
        joined = {uuid.UUID(plan["id"]) for key, plan in plans.items() if "id" in plan and key in used}
        if not known:
            return
        left_out = {n for n, _why in self.result.conflicts}
        for household in db.session.scalars(select(Household).where(Household.id.in_(known))):
            plan = known[household.id]
            if household.state == "empty" and household.id not in joined:
                continue
            stood = (rows.household_cell(household.state), household.sub_area_id)
            wanted = {name: rows.restored(name, value) for name, value in plan["v"].items()}
            if plan["p"]:
                wanted["sub_area_id"] = self._area(plan["p"], household.sub_area_id)
            if not (isinstance(plan["head"], int) and plan["head"] in left_out):
                wanted["head_id"] = self._head(plan["head"], people)
            before, after = {}, {}
            for name, value in wanted.items():
                if getattr(household, name) != value:
                    before[name], after[name] = plain(getattr(household, name)), plain(value)
                    setattr(household, name, value)
            if after:
                household.row_version += 1
                household.updated_at = self.moment
                stands = (rows.household_cell(household.state), household.sub_area_id)
                kind = "household_formed" if before.get("state") == "empty" else "correction"
                self._post(kind, household.id, None, stood, stands, before, after, household.row_version)
                self.result.households += 1
        db.session.flush()

    # -- people ---------------------------------------------------------------------------------------------------

    def _enter_people(self, people: Mapping[int, uuid.UUID]) -> None:
        lines = (line for line in self.plan.new if line["n"] in people)
        while entered := [self._new_row(line, people[line["n"]]) for line in islice(lines, CHUNK)]:
            self.result.new += rows.copy_in(Resident, rows.RESIDENT_COLUMNS, entered)
            self._write_events()

    def _new_row(self, line: Mapping[str, Any], resident_id: uuid.UUID) -> dict[str, Any]:
        """A resident's row; posts the ledger's line."""
        values = {name: rows.restored(name, value) for name, value in line["v"].items()}
        if line["h"]:
            values["household_id"] = self.households[line["h"]]
        area = self._area(line["p"], values.get("sub_area_id"))
        if area is not None:
            values["sub_area_id"] = area
        row = rows.resident_row(resident_id, values, self.vault, self.moment)
        after = {name: plain(value) for name, value in values.items() if value not in (None, "")}
        self._post(
            "opening", row["household_id"], resident_id, (None, None), _stands(row), {}, after, 1, line["w"]
        )
        return row

    def _change_people(self, lines: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(lines), CHUNK):
            some = {uuid.UUID(line["id"]): line for line in lines[start : start + CHUNK]}
            columns = Resident.__table__.columns
            found = db.session.execute(select(*columns).where(Resident.id.in_(some))).mappings()
            written: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
            for row in found:
                changed = self._changed_row(dict(row), some[row["id"]])
                if changed:
                    written[tuple(sorted(changed))].append(changed)
            for several in written.values():
                db.session.execute(update(Resident), several)
                self.result.changed += len(several)
            self._write_events()

    def _changed_row(self, row: dict[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a resident that change, with the id; posts the ledger's line."""
        stood, resident_id = _stands(row), row["id"]
        sealed = dict(self.vault.open_json(row["box"], f"resident:{resident_id}"))
        wanted = {name: rows.restored(name, value) for name, value in line["v"].items()}
        if line["h"]:
            wanted["household_id"] = self.households[line["h"]]
        if line["p"]:
            wanted["sub_area_id"] = self._area(line["p"], wanted.get("sub_area_id"))
        before, after, changed = {}, {}, {}
        for name, value in wanted.items():
            present = sealed.get(name, "") if name in SEALED_FIELDS else row[name]
            if present == value:
                continue
            before[name], after[name] = plain(present), plain(value)
            if name in SEALED_FIELDS:
                sealed[name] = value or ""
            else:
                row[name] = changed[name] = value
        if not after:
            return {}
        version = row["row_version"] + 1
        changed |= rows.sealed_columns(resident_id, row, sealed, self.vault)
        changed |= {"id": resident_id, "row_version": version, "updated_at": self.moment}
        self._post(
            "correction",
            row["household_id"],
            resident_id,
            stood,
            _stands(row),
            before,
            after,
            version,
            line["w"],
        )
        return changed

    # -- the ledger -----------------------------------------------------------------------------------------------

    def _months_of(self, people: list[uuid.UUID], households: Mapping[str, Any]) -> None:
        """The last month in which each of those who change was counted: nothing counts before it."""
        counted = or_(LifeEvent.from_cell.is_not(None), LifeEvent.to_cell.is_not(None))
        last = func.max(LifeEvent.month)
        stands = LifeEvent.undone_at.is_(None)
        if people:
            query = select(LifeEvent.resident_id, last).where(
                LifeEvent.resident_id.in_(people), counted, stands
            )
            self.months |= {
                key: month for key, month in db.session.execute(query.group_by(LifeEvent.resident_id)) if key
            }
        known = [uuid.UUID(plan["id"]) for plan in households.values() if "id" in plan]
        if known:
            query = select(LifeEvent.household_id, last).where(
                LifeEvent.household_id.in_(known), LifeEvent.resident_id.is_(None), counted, stands
            )
            self.months |= {
                key: month for key, month in db.session.execute(query.group_by(LifeEvent.household_id)) if key
            }

    def _write_events(self) -> None:
        """Write the lines that were posted; what they are about is written before."""
        rows.copy_in(LifeEvent, rows.EVENT_COLUMNS, self.events)
        self.events.clear()

    def _post(
        self,
        kind: str,
        household_id: uuid.UUID | None,
        resident_id: uuid.UUID | None,
        stood: tuple[int | None, uuid.UUID | None],
        stands: tuple[int | None, uuid.UUID | None],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        version: int,
        warned: list[str] | None = None,
    ) -> None:
        """A line of the ledger, as `Writing` posts it."""
        (from_cell, from_area), (to_cell, to_area) = stood, stands
        to_area = to_area if to_cell is not None else None
        counts = from_cell != to_cell or (from_cell is not None and from_area != to_area)
        month = self.month
        if counts and before:
            month = max(month, self.months.get(resident_id or household_id, month))  # type: ignore[arg-type]
        event_id = uuid7()
        details = json.dumps({"accepted": warned, "note": self.accepted}) if warned else "{}"
        self.events.append({
            "id": event_id, "deed_id": self.writing.deed_id, "kind": kind, "resident_id": resident_id,
            "household_id": household_id, "happened_on": self.writing.happened_on,
            "reported_on": self.writing.reported_on,
            "month": month, "is_late": counts and month > self.writing.happened_on.replace(day=1),
            "from_cell": from_cell if counts else None, "to_cell": to_cell if counts else None,
            "from_area_id": from_area if counts and from_cell is not None else None,
            "to_area_id": to_area if counts else None, "details": details,
            "box": self.vault.seal_json({"before": before, "after": after}, f"life_event:{event_id}"),
            "version_after": version, "import_id": self.writing.import_id, "reverses_id": None, "undone_at": None,
            "undone_by": "", "recorded_by": self.writing.recorded_by, "recorded_at": self.moment,
        })  # fmt: skip


def _stands(row: Mapping[str, Any]) -> tuple[int | None, uuid.UUID | None]:
    cell = derive.cell(row["sex"], row["nationality"], row["residence_status"], row["vital_status"])
    return cell, row["sub_area_id"]
