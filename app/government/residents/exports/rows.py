"""Rows of an export, out of a cursor of the server: in words for people, in codes for the exchange format."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.privacy.vault import Vault
from app.core.village import queries
from app.core.village.models import SubArea
from app.extensions import db
from app.government.residents import codes
from app.government.residents.browse.areas import AreaBook
from app.government.residents.browse.filters import ResidentFilter, age_on
from app.government.residents.browse.ordering import HEAD, joined_for, resident_key
from app.government.residents.derive import masked, masked_text
from app.government.residents.exports.streams import Cell
from app.government.residents.imports.areas import KINDS
from app.government.residents.imports.columns import TARGETS, Target
from app.government.residents.models import SEALED_FIELDS, Household, Resident
from app.government.residents.register.labels import HEALTH_FIELDS, RESIDENT_LABELS
from app.government.residents.writing import today

AT_A_TIME = 500
_DIGITS = ("nik", "father_nik", "mother_nik")
_HOUSEHOLD = (
    "address",
    "sub_area_id",
    "welfare_class",
    "welfare_decile",
    "house_condition",
    "issued_on",
    "head_id",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the reader may see: numbers in clear, health fields."""

    identity: bool
    health: bool


def _selected(chosen: ResidentFilter, areas: Sequence[uuid.UUID], *, by_card: bool) -> Any:
    columns = [
        *Resident.__table__.columns,
        Household.box.label("kk_box"),
        *(getattr(Household, name).label(f"h_{name}") for name in _HOUSEHOLD),
    ]
    query = select(*columns).select_from(Resident).outerjoin(Household, Household.id == Resident.household_id)
    if by_card:
        order: tuple[Any, ...] = (
            Resident.household_id, Resident.household_order, Resident.relation, Resident.birth_date, Resident.id,
        )  # fmt: skip
    else:
        key = resident_key(chosen.sort)
        if key.name == "household":
            query = query.outerjoin(HEAD, HEAD.id == Household.head_id)
        query = joined_for(query, key, areas, Resident.sub_area_id)
        order = tuple(column.desc() if key.descending else column.asc() for column in key.columns)
    return chosen.apply(query).order_by(*order).execution_options(yield_per=AT_A_TIME)


def _number(row: Any, vault: Vault) -> str:
    if row.kk_box is None:
        return ""
    return str(vault.open_json(row.kk_box, f"household:{row.household_id}").get("kk", ""))


# -- in words ---------------------------------------------------------------------------------------------------------


def list_header(sight: Sight) -> list[str]:
    """The headings of a list in words."""
    return [label for label, _cell in _list_columns(sight)]


def list_rows(chosen: ResidentFilter, sight: Sight, vault: Vault, areas: AreaBook) -> Iterator[list[Cell]]:
    """The residents that a filter lets through, in its order, in words."""
    cells = [cell for _label, cell in _list_columns(sight)]
    day = today()
    for row in db.session.execute(_selected(chosen, areas.order, by_card=False)):
        sealed = vault.open_json(row.box, f"resident:{row.id}")
        setting = _Setting(sealed, _number(row, vault), areas, day, sight)
        yield [cell(row, setting) for cell in cells]


@dataclass(frozen=True, slots=True)
class _Setting:
    sealed: dict[str, str]
    kk: str
    areas: AreaBook
    today: dt.date
    sight: Sight


def _list_columns(sight: Sight) -> list[tuple[str, Callable[[Any, _Setting], Cell]]]:
    found: list[tuple[str, Callable[[Any, _Setting], Cell]]] = []
    for name, label in RESIDENT_LABELS.items():
        if name in HEALTH_FIELDS and not sight.health:
            continue
        if name == "household_id":
            found.append((str(_("Nomor KK")), lambda row, s: s.kk if s.sight.identity else masked(s.kk)))
            continue
        found.append((str(label), _in_words(name)))
        if name == "birth_date":
            found.append((str(_("Usia")), lambda row, s: age_on(s.today, row.birth_date)))
    return found


def _in_words(name: str) -> Callable[[Any, _Setting], Cell]:
    if name in SEALED_FIELDS:
        hide = masked if name in _DIGITS else masked_text

        def sealed(row: Any, s: _Setting) -> Cell:
            text = s.sealed.get(name, "")
            return text if s.sight.identity else hide(text)

        return sealed
    if name in codes.LISTS:
        words = {code: str(word) for code, word in codes.LISTS[name].items()}
        return lambda row, _s: words.get(getattr(row, name), "")
    if name == "sub_area_id":
        return lambda row, s: s.areas.way(row.sub_area_id)
    if name == "pregnant":
        return lambda row, _s: "" if row.pregnant is None else str(_("ya") if row.pregnant else _("tidak"))
    return lambda row, _s: _plain(getattr(row, name))


def _plain(value: Any) -> Cell:
    return value.isoformat() if isinstance(value, dt.date) else value


# -- the exchange format ------------------------------------------------------------------------------------------


def exchange_targets(sight: Sight) -> list[Target]:
    """The columns of the exchange format that the reader may see."""
    return [target for target in TARGETS if sight.health or not target.is_health]


def exchange_rows(chosen: ResidentFilter, sight: Sight, vault: Vault) -> Iterator[list[Cell]]:
    """The residents that a filter lets through, family by family, in codes: what an import reads without loss."""
    ways = _ways()
    cells = [_in_codes(target) for target in exchange_targets(sight)]
    keys: dict[uuid.UUID, str] = {}
    for row in db.session.execute(_selected(chosen, (), by_card=True)):
        kk = _number(row, vault)
        key = ""
        if row.household_id and not kk:
            key = keys.setdefault(row.household_id, f"K{len(keys) + 1}")
        kept = _Kept(vault.open_json(row.box, f"resident:{row.id}"), kk, key, ways)
        yield [cell(row, kept) for cell in cells]


@dataclass(frozen=True, slots=True)
class _Kept:
    sealed: dict[str, str]
    kk: str
    key: str
    ways: dict[uuid.UUID, dict[str, str]]

    def part(self, area_id: uuid.UUID | None, kind: str) -> str:
        return self.ways.get(area_id, {}).get(kind, "") if area_id else ""


def _ways() -> dict[uuid.UUID, dict[str, str]]:
    """Each area's names by kind, from itself upwards."""
    areas: dict[uuid.UUID, SubArea] = {area.id: area for area in queries.sub_areas()}
    found: dict[uuid.UUID, dict[str, str]] = {}
    for area in areas.values():
        names: dict[str, str] = {}
        here: SubArea | None = area
        for _step in KINDS:
            if here is None:
                break
            names.setdefault(here.kind, here.name)
            here = areas.get(here.parent_id) if here.parent_id else None
        found[area.id] = names
    return found


def _in_codes(target: Target) -> Callable[[Any, _Kept], Cell]:
    name, part = target.name, target.field
    if name == "kk":
        return lambda row, kept: kept.kk
    if name == "household.key":
        return lambda row, kept: kept.key
    if name == "household.order":
        return lambda row, kept: row.household_order if row.household_id else None
    if name.startswith("household.area."):
        return lambda row, kept: kept.part(row.h_sub_area_id, part)
    if name.startswith("household."):
        return lambda row, kept: _plain(getattr(row, f"h_{part}"))
    if name.startswith("area."):
        return lambda row, kept: kept.part(row.sub_area_id, part)
    if name in SEALED_FIELDS:
        return lambda row, kept: kept.sealed.get(name, "")
    if name == "pregnant":
        return lambda row, kept: None if row.pregnant is None else (1 if row.pregnant else 2)
    return lambda row, kept: _plain(getattr(row, name))
