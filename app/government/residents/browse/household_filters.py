"""Which households: the filter of the list at /keluarga."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select

from app.government.residents import codes
from app.government.residents.browse.filters import (
    UNKNOWN,
    area_name,
    code_of,
    name_contains,
    searched,
    sort_of,
    truth_of,
    uuid_of,
    within_area,
)
from app.government.residents.browse.history import STATES
from app.government.residents.browse.numbers import NumberSearch
from app.government.residents.browse.ordering import HEAD
from app.government.residents.models import Household
from app.government.residents.withheld import households_to_check

ALL_STATES = "all"
ACTIVE = "active"
SORTS = ("head", "area", "issued_on", "updated_at")
HOUSEHOLD_FILTER_LABELS: dict[str, Any] = {
    "q": _l("Nama kepala keluarga"),
    "number": _l("Nomor KK"),
    "sub_area_id": _l("Wilayah"),
    "welfare_class": _l("Tahap keluarga sejahtera"),
    "without_kk": _l("Belum ber-KK"),
    "withheld": _l("Nomor KK dari desa lain perlu diperiksa"),
    "state": _l("Keadaan"),
}


@dataclass(frozen=True, slots=True)
class HouseholdFilter:
    """Which households, and in which order.

    q: part of the head's name. number: a KK number searched by all its digits. state: a state or `all`. without_kk:
    those whose card has no number yet. withheld: those whose number was taken out as they came from another village.
    problem: as in ResidentFilter.
    """

    q: str = ""
    number: NumberSearch | None = None
    sub_area_id: uuid.UUID | None = None
    welfare_class: int | None = None
    without_kk: bool = False
    withheld: bool = False
    state: str = ACTIVE
    sort: str = "head"
    problem: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> HouseholdFilter:
        """Read a filter from the arguments of an address, a form or JSON; a number is looked for in every state."""
        asked = searched(args)
        state = str(args.get("state") or "")
        default = ALL_STATES if asked.get("number") else ACTIVE
        return cls(
            sub_area_id=uuid_of(args.get("sub_area_id")),
            welfare_class=code_of("welfare_class", args.get("welfare_class")),
            without_kk=truth_of(args.get("without_kk")),
            withheld=truth_of(args.get("withheld")),
            state=state if state in (*STATES, ALL_STATES) else default,
            sort=sort_of(args.get("sort"), SORTS),
            **asked,
        )

    def as_args(self) -> dict[str, Any]:
        """The arguments that make this filter again; digits of a number are never among them."""
        found: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("number", "problem") and value != field.default:
                found[field.name] = "1" if value is True else str(value)
        if self.number is not None and self.number.token:
            found["number"] = self.number.token
        return found

    def apply(self, query: Select[Any]) -> Select[Any]:
        """`query` (which selects from Household, with HEAD joined) with this filter's conditions."""
        return query.where(*self.conditions())

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a household."""
        found: list[ColumnElement[bool]] = []
        if self.problem:
            found.append(Household.id.is_(None))
        if self.number is not None:
            found.append(Household.kk_index == self.number.kk_index)
        found += [name_contains(HEAD.name, word) for word in self.q.split()]
        if self.sub_area_id is not None:
            found.append(Household.sub_area_id.in_(within_area(self.sub_area_id)))
        if self.welfare_class is not None:
            unknown = self.welfare_class == UNKNOWN
            column = Household.welfare_class
            found.append(column.is_(None) if unknown else column == self.welfare_class)
        if self.without_kk:
            found.append(Household.kk_index.is_(None))
        if self.withheld:
            found.append(households_to_check())
        if self.state != ALL_STATES:
            found.append(Household.state == self.state)
        return found

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered; the order does not count."""
        return replace(self, sort="head") == HouseholdFilter()

    def digest(self, *more: object) -> str:
        """A short name of what is filtered for a cache; `more`: what else the result hangs on."""
        parts = {f.name: str(getattr(self, f.name)) for f in fields(self) if f.name not in ("sort", "number")}
        if self.number is not None:
            parts["number"] = self.number.kk_index.hex()
        text = json.dumps([parts, [str(part) for part in more]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def described(self, areas: Mapping[uuid.UUID, str] | None = None) -> list[tuple[str, str, str]]:
        """What is filtered: label, value, and the argument that takes it away."""
        labels = HOUSEHOLD_FILTER_LABELS
        found: list[tuple[str, str, str]] = []
        if self.q:
            found.append((str(labels["q"]), f"“{self.q}”", "q"))
        if self.number is not None:
            found.append((str(labels["number"]), str(_("yang dicari")), "number"))
        if self.sub_area_id is not None:
            found.append((str(labels["sub_area_id"]), area_name(self.sub_area_id, areas), "sub_area_id"))
        if self.welfare_class is not None:
            known = codes.word("welfare_class", self.welfare_class)
            found.append((str(labels["welfare_class"]), known or str(_("belum diisi")), "welfare_class"))
        if self.state != ACTIVE:
            word = STATES.get(self.state) or _("semua, juga yang pindah atau bubar")
            found.append((str(labels["state"]), str(word), "state"))
        if self.without_kk:
            found.append((str(labels["without_kk"]), "", "without_kk"))
        if self.withheld:
            found.append((str(labels["withheld"]), "", "withheld"))
        return found
