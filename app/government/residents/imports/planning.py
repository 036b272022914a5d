"""All rows of a file against the register: what is new, what changes, what stays, what can't be taken and why.

Pure but for the register it is given: it asks the database nothing. A row that is wrong is left out as a whole; the
rest is planned as if it were not there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from app.government.residents import codes
from app.government.residents.imports.areas import Path, way
from app.government.residents.imports.columns import BY_NAME, MUST_HAVE
from app.government.residents.imports.households import (
    HouseholdPlan,
    hold_back,
    new_families,
    plan_households,
)
from app.government.residents.imports.identity import IDENTITY, compare_identity, compare_place, doubt_key
from app.government.residents.imports.known import KnownPerson, Register
from app.government.residents.imports.matching import match
from app.government.residents.imports.values import column_readers
from app.government.residents.models import SEALED_FIELDS
from app.government.residents.register.known import Everybody, Others
from app.government.residents.register.labels import HEALTH_FIELDS
from app.government.residents.register.rules import (
    Finding,
    Person,
    card_findings,
    findings,
    household_findings,
)

HEAD = codes.HEAD_OF_HOUSEHOLD
DEFAULTS = {"nationality": 1, "residence_status": codes.PERMANENT, "vital_status": codes.ALIVE}
ROUNDS = 3


@dataclass(slots=True)
class Line:
    """A row of the file as far as it is understood. `errors`: (column's target or field, sentence).

    `household` is the key of the household that the row names: its card number, or `#` and a name of the file's own.
    `changes`: field → (before, after) against `person`, whom the register knows already. `doubts`: why the row may mean
    somebody else, or what moves them; `doubt` is what somebody accepts who ticks such a row (see `identity.doubt_key`).
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    family: dict[str, Any] = field(default_factory=dict)
    household: str | None = None
    way: Path = ()
    family_way: Path = ()
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    person: KnownPerson | None = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    doubts: list[Finding] = field(default_factory=list)
    doubt: str = ""
    is_accepted: bool = False
    area: tuple[uuid.UUID | None, Path] = (None, ())
    order: int | None = None
    seen_as: Person | None = None

    @property
    def is_new(self) -> bool:
        """Whether the register does not know this person yet."""
        return self.person is None

    @property
    def is_alive(self) -> bool:
        """Whether the person counts, as the file has it."""
        known = self.person.get("vital_status") if self.person else codes.ALIVE
        return bool(self.values.get("vital_status", known) == codes.ALIVE)

    def get(self, name: str) -> Any:
        """A field as it stands after the import."""
        if name in self.values:
            return self.values[name]
        if self.person is not None:
            return self.person.get(name)
        return "" if name in SEALED_FIELDS else DEFAULTS.get(name)


@dataclass(slots=True)
class Plan:
    """What an import will do."""

    lines: list[Line]
    households: dict[str, HouseholdPlan]
    missing_areas: list[Path]
    version: int

    def of(self, kind: str) -> list[Line]:
        """The rows that are `new`, `changed`, `same` or `rejected`."""
        return [line for line in self.lines if kind_of(line) == kind]


def kind_of(line: Line) -> str:
    """`new`, `changed`, `same` or `rejected`."""
    if line.errors:
        return "rejected"
    if line.is_new:
        return "new"
    return "changed" if line.changes else "same"


def plan_import(
    rows: Iterable[Sequence[Any]],
    columns: Mapping[int, str],
    register: Register,
    *,
    long_numbers: Mapping[str, Sequence[Any]],
    today: dt.date,
    may_health: bool,
    accepted: Mapping[str, str] = {},
) -> Plan:
    """Compare the rows of a table with the register.

    Args:
        rows: `[row number, [cells…]]` (see app.core.spreadsheets.Table); gone through once.
        columns: column number → target; health columns are left out unless `may_health`.
        long_numbers: column number → what tells whether its long numbers are exact (see `sampling.long_numbers`).
        today: no day of a life may lie after it.
        accepted: row number → `doubt_key` of rows that somebody ticked; other rows in doubt are left out.
    """
    used = {n: name for n, name in columns.items() if may_health or name not in HEALTH_FIELDS}
    lines = list(_read(rows, used, long_numbers, today))
    match(lines, register)
    for line in lines:
        if not line.errors:
            _compare(line, register, accepted)
    _judge(lines, register, today, may_health)
    households = plan_households(lines, register, frozenset(columns.values()))
    return Plan(lines, households, list(register.areas.missing), register.version)


def _read(
    rows: Iterable[Sequence[Any]],
    columns: Mapping[int, str],
    long_numbers: Mapping[str, Sequence[Any]],
    today: dt.date,
) -> Iterator[Line]:
    readers = column_readers(columns, lambda number: long_numbers.get(str(number), ()))
    for number, cells in rows:
        line = Line(number)
        parts: dict[str, str] = {}
        is_empty = True
        for column, reader in readers.items():
            value, error = reader.read(cells[column] if column < len(cells) else None)
            name = reader.target.name
            if error:
                line.errors.append((name, error))
                is_empty = False
            elif value is not None:
                is_empty = False
                _put(line, parts, name, value)
        if is_empty:
            continue
        wrong = {name for name, _sentence in line.errors}
        for name in MUST_HAVE:
            if name not in line.values and name not in wrong:
                line.errors.append((name, _("Wajib diisi.")))
        line.way = way(*(parts.get(f"area.{kind}", "") for kind in ("sub_area", "rw", "rt")))
        line.family_way = way(*(parts.get(f"household.area.{kind}", "") for kind in ("sub_area", "rw", "rt")))
        if "issued_on" in line.family:
            found = household_findings({"issued_on": line.family["issued_on"]}, today, None)
            line.errors += [("household.issued_on", finding.sentence) for finding in found]
        yield line


def _put(line: Line, parts: dict[str, str], name: str, value: Any) -> None:
    target = BY_NAME[name]
    if target.kind == "area":
        parts[name] = value
    elif name == "kk":
        line.household = line.family["kk"] = value
    elif name == "household.key":
        line.household = line.household or f"#{value}"
    elif name == "household.order":
        line.order = value
    elif target.kind == "household":
        line.family[target.field] = value
    else:
        line.values[name] = value


def _compare(line: Line, register: Register, accepted: Mapping[str, str]) -> None:
    line.area = register.areas.find(line.way)
    person = line.person
    if person is None:
        return
    for name, value in line.values.items():
        present = person.get(name)
        if present != value:
            line.changes[name] = (present, value)
    area, path = line.area
    if line.way and (path or area != person.row.sub_area_id):
        line.changes["sub_area_id"] = (person.row.sub_area_id, area)
    if line.household and register.by_kk.get(line.household) != person.row.household_id:
        line.changes["household_id"] = (person.row.household_id, line.household)
    elif line.order is not None and line.order != person.row.household_order:
        line.changes["household_order"] = (person.row.household_order, line.order)
    if line.changes:
        compare_identity(line, person)
        compare_place(line, person, register)
        line.doubt = doubt_key(line)
        line.is_accepted = bool(line.doubt) and accepted.get(str(line.number)) == line.doubt
        if line.doubt and not line.is_accepted:
            line.errors.append(("name", _(
                "%(why)s Bila benar, centang baris ini di bagian “Perlu dicentang”.",
                why=" ".join(doubt.sentence for doubt in line.doubts if doubt.code in IDENTITY))))  # fmt: skip


def _judge(lines: list[Line], register: Register, today: dt.date, may_health: bool) -> None:
    """Apply the register's rules. A row that they refuse counts for nobody, so its family is judged once more."""
    families = new_families(lines, register)
    hold_back(families, register)
    again: set[Any] | None = None
    for _round in range(ROUNDS):
        everybody, later = _everybody(lines, register, today)
        refused: set[Any] = set()
        for line in lines:
            if line.errors or (line.person is not None and not line.changes):
                continue
            if again is not None and _household_of(line, register) not in again:
                continue
            _apply_rules(
                line,
                _View(everybody.but(line.seen_as), later.get(line.number, frozenset())),
                register,
                may_health,
            )
            if line.errors:
                refused.add(_household_of(line, register))
        again = (refused | hold_back(families, register)) - {None}
        if not again:
            return


def _apply_rules(line: Line, known: Any, register: Register, may_health: bool) -> None:
    wanted = {**DEFAULTS, **(line.person.values() if line.person else {}), **line.values}
    if not may_health:
        for name in HEALTH_FIELDS:
            wanted.pop(name, None)
    wanted["household_id"] = _household_of(line, register)
    found = findings(wanted, known)
    line.errors = [(finding.field, finding.sentence) for finding in found if finding.is_error]
    line.warnings = [finding for finding in found if not finding.is_error]
    if line.warnings and line.person is not None:
        stood = {**line.person.values(), "household_id": register.key_of(line.person.row.household_id)}
        before = {(f.code, f.resident_id) for f in findings(stood, known)}
        line.warnings = [f for f in line.warnings if (f.code, f.resident_id) not in before]
    kk = line.family.get("kk") or ""
    if kk not in register.by_kk:
        line.warnings += card_findings(kk, known.today)
    line.warnings = [*line.doubts, *line.warnings]


def _everybody(
    lines: list[Line], register: Register, today: dt.date
) -> tuple[Everybody, dict[int, frozenset[int]]]:
    """Everybody as they stand after the import, and for each row that names a head the later ones of its household."""
    everybody = Everybody(today)
    taken: set[uuid.UUID] = set()
    heads: dict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        if line.errors:
            continue
        household = _household_of(line, register)
        line.seen_as = Person(
            line.person.id if line.person else None, line.get("name"), line.get("sex"), line.get("birth_date"),
            line.get("relation"), household, line.is_alive, line.get("father_name") or "",
            line.get("mother_name") or "",
        )  # fmt: skip
        everybody.add(line.seen_as, line.get("nik") or "")
        if line.person is not None:
            taken.add(line.person.id)
        if household is not None and line.is_alive and line.get("relation") == HEAD:
            heads[household].append(line)
    for person in register.people.values():
        if person.id not in taken:
            row = person.row
            known = Person(
                row.id, row.name, row.sex, row.birth_date, row.relation, register.key_of(row.household_id),
                person.is_alive, row.father_name, row.mother_name,
            )  # fmt: skip
            everybody.add(known, person.sealed.get("nik", ""))
    later = {
        line.number: frozenset(id(other.seen_as) for other in several[place + 1 :])
        for several in heads.values()
        for place, line in enumerate(several[:-1])
    }
    return everybody, later


@dataclass(frozen=True, slots=True)
class _View:
    """What the rules know of everybody else; of two heads in one file the first one does not see the second."""

    others: Others
    hidden: frozenset[int]

    @property
    def today(self) -> dt.date:
        return self.others.today

    def with_nik(self, nik: str) -> Person | None:
        return self.others.with_nik(nik)

    def namesakes(self, name: str, birth_date: dt.date) -> Sequence[Person]:
        return self.others.namesakes(name, birth_date)

    def members(self, household: Any) -> Sequence[Person]:
        found = self.others.members(household)
        return [person for person in found if id(person) not in self.hidden] if self.hidden else found


def _household_of(line: Line, register: Register) -> str | None:
    if line.household:
        return line.household
    return register.key_of(line.person.row.household_id) if line.person else None
