"""A plan as plain data: what the job applies later, and the lines that the preview shows (numbers masked)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.derive import masked, masked_text
from app.government.residents.imports.areas import Path, path_words
from app.government.residents.imports.identity import IDENTITY
from app.government.residents.imports.known import Register
from app.government.residents.imports.planning import Line, Plan, kind_of
from app.government.residents.imports.storing import KINDS, GroupWriter, LineWriter, packed
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.register.labels import HEALTH_FIELDS
from app.government.residents.writing import plain

_NUMBERS = ("nik", "father_nik", "mother_nik")


def packed_plan(plan: Plan, register: Register) -> dict[str, bytes]:
    """What `applying.apply_plan` needs, as parts.

    `plan_new`, a line each: row number `n`, values `v`, household key `h`, way of an area to be made `p`, codes of
    warnings `w`. `plan_changed` besides: resident `id`, row version `rv`. `plan`: the register's `version`, `areas` to
    be made, `households` by key (`id` and `rv` where known, `v`, `p`, `head`: a row number or a resident's id) and the
    ids of those that are `known`.
    """
    places = _Places(register)
    new, changed = LineWriter(), LineWriter()
    for line in plan.lines:
        kind = kind_of(line)
        if kind == "new":
            new.add(_packed_new(line, places))
        elif kind == "changed":
            changed.add(_packed_change(line, places))
    households = {
        key: {
            "v": {name: plain(value) for name, value in household.values.items()},
            "p": household.path,
            "head": str(household.head) if isinstance(household.head, uuid.UUID) else household.head,
            **(
                {"id": str(household.known.row.id), "rv": household.known.row.row_version}
                if household.known
                else {}
            ),
        }
        for key, household in plan.households.items()
    }
    known = {key: str(household_id) for key, household_id in register.by_kk.items() if key in places.used}
    head = {"version": plan.version, "areas": plan.missing_areas, "households": households, "known": known}
    return {
        "plan": packed(head),
        "plan_new": new.done(),
        "plan_changed": changed.done(),
        "areas": packed(plan.missing_areas),
    }


def has_health(plan: Plan) -> bool:
    """Whether the plan enters or changes what only residents.view_health may see."""
    return any(
        name in line.values if line.is_new else name in line.changes
        for line in plan.lines
        if not line.errors
        for name in HEALTH_FIELDS
    )


class _Places:
    """Hands out places in households to those who come without one, behind those who stand there."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.used: dict[str, int] = {}
        self.last: dict[str, int] = defaultdict(int)

    def next(self, line: Line) -> int:
        key = line.household
        if not key:
            return 0
        if key not in self.used:
            known = self.register.households.get(self.register.by_kk.get(key))  # type: ignore[arg-type]
            members = known.members if known else []
            self.last[key] = max((self.register.people[m].row.household_order for m in members), default=0)
            self.used[key] = 1
        self.last[key] += 1
        return line.order if line.order is not None else self.last[key]


def _packed_new(line: Line, places: _Places) -> dict[str, Any]:
    area, path = line.area
    values = {name: plain(value) for name, value in line.values.items()}
    if area is not None:
        values["sub_area_id"] = str(area)
    if line.household:
        values["household_order"] = places.next(line)
    return {"n": line.number, "v": values, "h": line.household, "p": path, "w": _codes(line)}


def _packed_change(line: Line, places: _Places) -> dict[str, Any]:
    assert line.person is not None
    values = {name: plain(after) for name, (_before, after) in line.changes.items()}
    household = values.pop("household_id", None)
    if household is not None:
        values["household_order"] = places.next(line)
    return {
        "n": line.number, "id": str(line.person.id), "rv": line.person.row.row_version, "v": values, "h": household,
        "p": line.area[1] if "sub_area_id" in line.changes else (), "w": _codes(line),
    }  # fmt: skip


def _codes(line: Line) -> list[str]:
    return sorted({finding.code for finding in line.warnings})


def preview_parts(plan: Plan, register: Register) -> dict[str, bytes]:
    """The lines of the preview's tabs as parts. Numbers, telephone, mail and papers are masked.

    `errors`, `warnings`: (field, sentence); `changes`: (field, before, after). Who may not see health is shown none of
    those about it (`queries.page_of_lines`). Rows that may mean somebody else stand in a list of their own, too
    (`doubt`), with what accepts them.
    """
    groups, families = GroupWriter(), _Families(plan, register)
    for line in plan.lines:
        kind = kind_of(line)
        shown: dict[str, Any] = {
            "n": line.number,
            "name": line.values.get("name") or "",
            "nik": masked(_text(line.get("nik"))),
        }
        if kind == "rejected":
            shown["errors"] = line.errors
        else:
            kk = line.household if line.household and not line.household.startswith("#") else ""
            shown["kk"] = masked(kk)
            shown["born"] = plain(line.get("birth_date"))
            shown["sex"] = line.get("sex")
            shown["warnings"] = [(finding.field, finding.sentence) for finding in line.warnings]
        if kind == "changed" or line.doubt:
            changes = _changes(line, families)
        if kind == "changed":
            shown["changes"] = changes
        if line.doubt:
            doubts = [(f.field, f.sentence) for f in line.doubts if f.code in IDENTITY]
            more = {"warnings": doubts, "changes": changes, "key": line.doubt, "accepted": line.is_accepted}
            groups.add("doubt", shown | more)
        groups.add(kind, shown)
        if shown.get("warnings"):
            groups.add(f"{kind}_warned", shown)
    return groups.done()


class _Families:
    """What the households of the register and of the file are called: by their heads."""

    def __init__(self, plan: Plan, register: Register) -> None:
        self.plan, self.register = plan, register

    def known(self, household_id: uuid.UUID | None) -> str:
        """A household of the register."""
        household = self.register.households.get(household_id) if household_id else None
        if household is None:
            return ""
        people = self.register.people
        head = people.get(household.row.head_id) or next((people[one] for one in household.members), None)
        return str(_("Keluarga %(name)s", name=head.row.name)) if head else str(_("Keluarga tanpa anggota"))

    def named(self, key: str) -> str:
        """A household that the file names."""
        return self._of_file.get(key) or self.known(self.register.by_kk.get(key))

    @cached_property
    def _of_file(self) -> dict[str, str]:
        heads: dict[str, str] = {}
        others: dict[str, str] = {}
        for line in self.plan.lines:
            if line.household and not line.errors and line.household not in self.register.by_kk:
                group = heads if line.get("relation") == codes.HEAD_OF_HOUSEHOLD else others
                group.setdefault(line.household, str(_("Keluarga %(name)s", name=line.get("name"))))
        return others | heads


def _changes(line: Line, families: _Families) -> list[tuple[str, Any, Any]]:
    shown = []
    for name, (before, after) in line.changes.items():
        if name == "household_id":
            left, joined = families.known(before), families.named(after)
            if left == joined:
                joined = str(_("%(family)s, dengan nomor KK lain", family=joined))
            shown.append((name, left, joined))
        else:
            shown.append((name, _shown(name, before), _shown(name, after, line.area[1])))
    return shown


def _shown(name: str, value: Any, path: Path = ()) -> Any:
    if name == "sub_area_id" and path:
        return path_words(path)
    if name in _NUMBERS:
        return masked(_text(value))
    return masked_text(_text(value)) if name in SEALED_FIELDS else plain(value)


def _text(value: Any) -> str:
    return str(value) if value else ""


def counts_of(plan: Plan) -> dict[str, int]:
    """How many rows of each kind there are, with how many warnings, households and areas."""
    counts = dict.fromkeys(KINDS, 0)
    for line in plan.lines:
        counts[kind_of(line)] += 1
    warned = {"new_warned": 0, "changed_warned": 0}
    for line in plan.lines:
        if line.warnings and not line.errors:
            warned[f"{kind_of(line)}_warned"] += 1
    households = plan.households.values()
    return (
        counts
        | warned
        | {
            "warned": sum(warned.values()),
            "households_new": sum(household.is_new for household in households),
            "households_changed": sum(not household.is_new for household in households),
            "areas_new": len(plan.missing_areas),
            "doubt": sum(bool(line.doubt) for line in plan.lines),
            "doubt_open": sum(bool(line.doubt) and not line.is_accepted for line in plan.lines),
        }
    )
