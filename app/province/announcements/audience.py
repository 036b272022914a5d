"""Which villages an announcement goes to: chosen by region, one by one, by kind, by state, by the system they run.

What is chosen never reaches beyond the region of the office that writes: the region stands in every condition, whatever
a form or a program sends. Suspended and archived villages are not written to: nobody can open their pages.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.core.regions.models import Region
from app.core.village.errors import Invalid
from app.extensions import db
from app.province import states
from app.province.regions import DISTRICT, REGENCY, frame_name, frame_names, level_of, region_contains, within
from tenants.models import SERVED_STATES, TenantRow, TenantState

SCOPES = ("all", "regions", "villages")
KINDS = ("desa", "kelurahan")
SYSTEMS = ("siger", "other")
CLOSED = (TenantState.SUSPENDED, TenantState.ARCHIVED)
STATES = tuple(state.value for state in TenantState if state not in CLOSED)
MOST_VILLAGES = 500
_CODE = re.compile(r"^(\d{2}\.\d{2}\.\d{2}\.\d{4})\b")


@dataclass(frozen=True, slots=True)
class Audience:
    """What was chosen; empty parts narrow nothing."""

    scope: str = "all"
    regions: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    kind: str = ""
    states: tuple[str, ...] = ()
    system: str = ""

    @classmethod
    def kept(cls, row: Mapping[str, Any]) -> Audience:
        """From what the row of an announcement holds."""
        return cls(
            scope=row.get("scope", "all"),
            regions=tuple(row.get("regions", ())),
            villages=tuple(row.get("villages", ())),
            kind=row.get("kind", ""),
            states=tuple(row.get("states", ())),
            system=row.get("system", ""),
        )

    def as_row(self) -> dict[str, Any]:
        """As it is kept with the announcement; what the scope does not use is left out."""
        return {
            "scope": self.scope,
            "regions": list(self.regions) if self.scope == "regions" else [],
            "villages": list(self.villages) if self.scope == "villages" else [],
            "kind": self.kind,
            "states": list(self.states),
            "system": self.system,
        }


@dataclass(frozen=True, slots=True)
class Reach:
    """How many villages an audience is, and how many of those have somebody who can read."""

    total: int
    readable: int
    desa: int
    kelurahan: int

    @property
    def unreadable(self) -> int:
        """Villages that do not use this system (yet): nobody is there to read."""
        return self.total - self.readable


NOBODY = Reach(0, 0, 0, 0)


def can_read() -> ColumnElement[bool]:
    """That a village is served: it has a schema and is not closed, so its staff can open its pages."""
    return and_(TenantRow.schema_name.is_not(None), TenantRow.state.in_(SERVED_STATES))


def condition(audience: Audience, region_code: str) -> ColumnElement[bool]:
    """The villages of an audience within the region of the office that writes."""
    parts: list[ColumnElement[bool]] = [within(region_code), TenantRow.state.not_in(CLOSED)]
    if audience.scope == "regions":
        parts.append(or_(*(within(code) for code in audience.regions)) if audience.regions else within(None))
    elif audience.scope == "villages":
        parts.append(TenantRow.id.in_([uuid.UUID(text) for text in audience.villages]))
    if audience.kind:
        parts.append(TenantRow.kind == audience.kind)
    if audience.states:
        parts.append(TenantRow.state.in_(audience.states))
    if audience.system:
        other = TenantRow.software.is_not(None)
        parts.append(other if audience.system == "other" else ~other)
    return and_(*parts)


def reach(audience: Audience, region_code: str) -> Reach:
    """How many villages that is: one select (inside a platform scope)."""
    one = func.coalesce
    row = db.session.execute(
        select(
            func.count(),
            one(func.sum(case((can_read(), 1), else_=0)), 0),
            one(func.sum(case((TenantRow.kind == "desa", 1), else_=0)), 0),
        ).where(condition(audience, region_code))
    ).one()
    total, readable, desa = (int(count) for count in row)
    return Reach(total, readable, desa, total - desa)


def checked_audience(values: Mapping[str, Any], region_code: str) -> Audience:
    """What a form or a program chose, checked against the region of the office; two selects at most.

    `villages` are ids, `village_text` lines with a code or a name each. Raises Invalid with the field that is wrong.
    """
    scope = values.get("scope") or "all"
    regions: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    if scope == "regions":
        regions = _regions(values.get("regions") or (), region_code)
    elif scope == "villages":
        villages = _villages(values.get("villages") or (), values.get("village_text") or "", region_code)
    return Audience(
        scope=scope,
        regions=regions,
        villages=villages,
        kind=values.get("kind") or "",
        states=tuple(state for state in STATES if state in (values.get("states") or ())),
        system=values.get("system") or "",
    )


def region_tree(region_code: str) -> list[tuple[Region, list[Region]]]:
    """The regions below an office to choose from, with those below them: one select; none below a kecamatan."""
    level = level_of(region_code)
    if level >= DISTRICT:
        return []
    query = select(Region).where(
        Region.level.in_([REGENCY, DISTRICT] if level < REGENCY else [DISTRICT]),
        Region.code.startswith(f"{region_code}.", autoescape=True),
    )
    found = list(db.session.scalars(query.order_by(Region.name)))
    below: dict[str, list[Region]] = {}
    for region in found:
        below.setdefault(region.parent_code or "", []).append(region)
    return [(region, below.get(region.code, [])) for region in below.get(region_code, [])]


def villages_of(region_code: str) -> list[tuple[str, str]]:
    """The villages of a kecamatan as boxes to tick, (id, name); none for larger regions, where names are typed."""
    if level_of(region_code) != DISTRICT:
        return []
    query = (
        select(TenantRow).where(within(region_code), TenantRow.state.not_in(CLOSED)).order_by(TenantRow.name)
    )
    return [(str(row.id), f"{row.term} {row.name}") for row in db.session.scalars(query)]


def village_lines(ids: Iterable[str]) -> str:
    """Chosen villages as they are typed: a line with code and name each."""
    wanted = [uuid.UUID(text) for text in ids]
    if not wanted:
        return ""
    query = select(TenantRow).where(TenantRow.id.in_(wanted)).order_by(TenantRow.code)
    return "\n".join(f"{row.code} {row.term} {row.name}" for row in db.session.scalars(query))


def spoken(audience: Audience, region_code: str) -> list[tuple[str, str]]:
    """What was chosen in words: label and value."""
    if audience.scope == "regions":
        chosen = ", ".join(frame_names(audience.regions))
    elif audience.scope == "villages":
        chosen = _("%(count)s desa dipilih satu per satu", count=len(audience.villages))
    else:
        chosen = _("Semua desa di %(region)s", region=frame_name(region_code))
    said = [(str(_("Wilayah")), chosen)]
    if audience.kind:
        said.append((str(_("Jenis")), str(_("Desa")) if audience.kind == "desa" else str(_("Kelurahan"))))
    if audience.states:
        said.append((str(_("Keadaan")), ", ".join(str(states.words(s).label) for s in audience.states)))
    if audience.system:
        said.append((str(_("Sistem")), system_word(audience.system)))
    return said


def system_word(system: str) -> str:
    """Which system a village runs, in words."""
    return (
        str(_("Hanya yang memakai sistem lain")) if system == "other" else str(_("Bukan pemakai sistem lain"))
    )


def _regions(codes: Collection[str], region_code: str) -> tuple[str, ...]:
    wanted = sorted(set(codes))
    if not wanted:
        raise Invalid("regions", _("Pilih paling sedikit satu wilayah."))
    if any(level_of(code) not in (REGENCY, DISTRICT) for code in wanted) or not all(
        region_contains(region_code, code) for code in wanted
    ):
        raise Invalid("regions", _("Ada wilayah yang tidak berada di wilayah Anda."))
    known = set(db.session.scalars(select(Region.code).where(Region.code.in_(wanted))))
    if len(known) < len(wanted):
        raise Invalid("regions", _("Ada wilayah yang tidak dikenal."))
    return tuple(code for code in wanted if not any(code.startswith(f"{other}.") for other in wanted))


@dataclass(slots=True)
class _Typed:
    ids: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)


def _villages(ids: Collection[str], text: str, region_code: str) -> tuple[str, ...]:
    typed = _Typed(ids={str(one) for one in ids})
    for line in (" ".join(raw.split()) for raw in text.replace(";", "\n").split("\n")):
        if found := _CODE.match(line):
            typed.codes.add(found[1])
        elif line:
            typed.names[line.casefold()] = line
    count = len(typed.ids) + len(typed.codes) + len(typed.names)
    if not count:
        raise Invalid("villages", _("Pilih paling sedikit satu desa."))
    if count > MOST_VILLAGES:
        raise Invalid("villages", _("Paling banyak %(most)s desa satu per satu.", most=MOST_VILLAGES))
    return _found(typed, region_code)


def _found(typed: _Typed, region_code: str) -> tuple[str, ...]:
    """The ids of what was typed, of villages of the region alone. Raises Invalid for whatever is not one of them."""
    named = func.lower(TenantRow.name)
    called = func.lower(TenantRow.term + " " + TenantRow.name)
    query = select(TenantRow.id, TenantRow.code, named.label("named"), called.label("called")).where(
        within(region_code),
        or_(
            TenantRow.id.in_([uuid.UUID(text) for text in typed.ids]),
            TenantRow.code.in_(typed.codes),
            named.in_(list(typed.names)),
            called.in_(list(typed.names)),
        ),
    )
    rows = db.session.execute(query.order_by(TenantRow.code)).all()
    chosen = {str(row.id) for row in rows if str(row.id) in typed.ids or row.code in typed.codes}
    known = {str(row.id) for row in rows} | {row.code for row in rows}
    wrong = sorted((typed.ids | typed.codes) - known)
    if wrong:
        raise Invalid("villages", _("Tidak ada di wilayah Anda: %(list)s.", list=", ".join(wrong[:5])))
    for key, shown in typed.names.items():
        twins = [row for row in rows if key in (row.named, row.called)]
        if not twins:
            raise Invalid("villages", _("Tidak ada desa bernama “%(name)s” di wilayah Anda.", name=shown))
        if len(twins) > 1:
            codes = ", ".join(row.code for row in twins[:5])
            raise Invalid(
                "villages",
                _("Ada %(count)s desa bernama “%(name)s”: tulis kodenya (%(codes)s).", count=len(twins), name=shown,
                  codes=codes),
            )  # fmt: skip
        chosen.add(str(twins[0].id))
    return tuple(sorted(chosen))
