"""A plan as plain data: what the job applies later, and the lines that the preview shows (numbers masked)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from app.government.residents.derive import masked, masked_text
from app.government.residents.imports.areas import Path
from app.government.residents.imports.known import Register
from app.government.residents.imports.planning import Line, Plan, kind_of
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.writing import plain

KINDS = ("new", "changed", "same", "rejected")
_NUMBERS = ("nik", "father_nik", "mother_nik")


def packed_plan(plan: Plan, register: Register) -> dict[str, Any]:
    """What `applying.apply_plan` needs.

    `new`: row number `n`, values `v`, household key `h`, way of an area to be made `p`, codes of warnings `w`.
    `changed` besides: resident `id`, row version `rv`. `households` by key: `id` and `rv` where known, `v`, `p`, `head`
    (a row number or a resident's id).
    """
    places = _Places(register)
    packed: dict[str, Any] = {"version": plan.version, "new": [], "changed": [], "households": {}}
    for line in plan.lines:
        kind = kind_of(line)
        if kind == "new":
            packed["new"].append(_packed_new(line, places))
        elif kind == "changed":
            packed["changed"].append(_packed_change(line, places))
    for key, household in plan.households.items():
        known = household.known
        packed["households"][key] = {
            "v": {name: plain(value) for name, value in household.values.items()},
            "p": household.path,
            "head": str(household.head) if isinstance(household.head, uuid.UUID) else household.head,
            **({"id": str(known.row.id), "rv": known.row.row_version} if known else {}),
        }
    packed["areas"] = plan.missing_areas
    packed["known"] = {
        key: str(household_id) for key, household_id in register.by_kk.items() if key in places.used
    }
    return packed


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


def preview_lines(plan: Plan, register: Register) -> dict[str, list[dict[str, Any]]]:
    """The lines of the preview's tabs. Numbers, telephone, mail and papers are masked."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
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
            shown["warnings"] = [finding.sentence for finding in line.warnings]
        if kind == "changed":
            shown["changes"] = [
                (name, _shown(name, before, register), _shown(name, after, register, line.area[1]))
                for name, (before, after) in line.changes.items()
            ]
        found[kind].append(shown)
    return found


def _shown(name: str, value: Any, register: Register, path: Path = ()) -> Any:
    if name == "sub_area_id" and path:
        return " / ".join(step for _kind, step in path)
    if name == "household_id":
        key = value if isinstance(value, str) else register.key_of(value)
        return masked(key) if key and key.isdigit() else ""
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
    taken = [line for line in plan.lines if not line.errors]
    households = plan.households.values()
    return counts | {
        "warned": sum(bool(line.warnings) for line in taken),
        "households_new": sum(household.is_new for household in households),
        "households_changed": sum(not household.is_new for household in households),
        "areas_new": len(plan.missing_areas),
    }
