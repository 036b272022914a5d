"""Finding one's village among all of the province, for everybody: names and codes, and where each stands."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import Function

from app.core.accounts.models import Membership
from app.extensions import db
from app.province.life.renaming_models import VillagePast
from app.province.onboarding.applications.holding import FREE_STATES
from app.province.onboarding.applications.models import OPEN_STATES, Application
from tenants.models import LIVE_STATES, TenantRow, TenantState

MOST_FOUND = 20
MOST_TYPED = 80
MOST_WORDS = 5
_CODE = re.compile(r"^\d{2}(\.?\d{2}(\.?\d{2}(\.?\d{1,4})?)?)?\.?$")
MOST_NEAR, LEAST_LIKE = 5, 0.4
_SHORT = {"ds": "desa", "kp": "kampung", "kpg": "kampung", "pk": "pekon", "pkn": "pekon", "ty": "tiyuh", "tyh": "tiyuh",
          "kel": "kelurahan", "kec": "kecamatan", "kab": "kabupaten", "prov": "provinsi"}  # fmt: skip
_TERMS = frozenset(_SHORT.values())
_SIDES = frozenset(("barat", "selatan", "tengah", "timur", "utara"))

Standing = Literal[
    "free", "live", "noted", "applied", "coming", "nobody", "software", "suspended", "archived"
]
"""coming: is being prepared, or whoever was invited sets it up; nobody: is prepared, and nobody was invited; live: its
site answers here; noted: the registry says that it uses Siger, and no site of it is here."""


@dataclass(frozen=True, slots=True)
class Found:
    """A village that was found, and nothing of the people in it. `slug` leads to its site where it has one;
    `formerly` names what it was called before (empty: always as now)."""

    id: uuid.UUID
    code: str
    name: str
    term: str
    district: str
    regency: str
    slug: str
    standing: Standing
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search brought: at most 20 villages, and whether there are more; where there are none, names like it."""

    typed: str
    villages: tuple[Found, ...] = ()
    has_more: bool = False
    near: tuple[str, ...] = ()
    is_short: bool = False


def find_villages(typed: str) -> Answer:
    """Search by name (with kecamatan or kabupaten, in any order) or by code, also by former ones: one select, and one
    more for names like it when nothing was found.

    Names are the same with and without spaces; where some bear all that was typed, only those are shown.

    Args:
        typed: as it was typed, at most 80 characters count; with fewer than two signs, or only commas, nothing is
            searched.
    """
    text = " ".join(typed.replace("\x00", "").split())[:MOST_TYPED]
    words = _words(text)
    if len(text) < 2 or not words:
        return Answer(text, is_short=bool(text))
    held = exists().where(Application.tenant_id == TenantRow.id, Application.state.in_(OPEN_STATES))
    before = VillagePast.term + " " + VillagePast.name
    formerly = (
        select(func.string_agg(before.distinct(), ", "))
        .where(VillagePast.tenant_id == TenantRow.id, before != TenantRow.term + " " + TenantRow.name)
        .correlate(TenantRow)
        .scalar_subquery()
    )
    query = select(TenantRow, held.label("held"), _peopled().label("peopled"), formerly.label("formerly"))
    if _CODE.match(text):
        code = _dotted(text)
        is_present = TenantRow.code.startswith(code, autoescape=True)
        past = select(VillagePast.tenant_id).where(VillagePast.code.startswith(code, autoescape=True))
        query = query.where(or_(is_present, TenantRow.id.in_(past))).order_by(
            is_present.desc(), TenantRow.code
        )
    else:
        present = (TenantRow.name, TenantRow.district_name, TenantRow.regency_name)
        former = (VillagePast.name, VillagePast.district_name, VillagePast.regency_name)
        once = select(VillagePast.tenant_id).where(_in_some_order(words, former))
        query = query.where(or_(_in_some_order(words, present), TenantRow.id.in_(once)))
        whole = "".join(words).lower()
        name = func.lower(_squeezed(TenantRow.name))
        closeness = case(
            (name == _spelt_out(text), 0),
            (name == whole, 1),
            (name == words[0].lower(), 2),
            (name.startswith(whole, autoescape=True), 3),
            (name.contains(whole, autoescape=True), 4),
            (name.contains(words[0].lower(), autoescape=True), 5),
            else_=6,
        )
        query = query.order_by(closeness, TenantRow.name, TenantRow.code)
    rows = db.session.execute(query.limit(MOST_FOUND + 1)).all()
    whole = "".join(words).lower()
    exact = [row for row in rows if whole in f"{row[0].name},{row.formerly or ''}".replace(" ", "").lower()]
    rows = exact or rows
    shown = tuple(
        _found(row, is_held, is_peopled, before or "")
        for row, is_held, is_peopled, before in rows[:MOST_FOUND]
    )
    near = () if shown or _CODE.match(text) else _names_like(" ".join(words))
    return Answer(text, shown, len(rows) > MOST_FOUND, near)


def village_found(tenant_id: uuid.UUID, own: uuid.UUID | None = None) -> Found | None:
    """One village and where it stands; `own` is an application whose holding does not count. One select."""
    held = exists().where(Application.tenant_id == TenantRow.id, Application.state.in_(OPEN_STATES))
    if own is not None:
        held = held.where(Application.id != own)
    found = db.session.execute(
        select(TenantRow, held.label("held"), _peopled().label("peopled")).where(TenantRow.id == tenant_id)
    ).one_or_none()
    return _found(*found) if found else None


def standing_of(row: TenantRow, is_held: bool, is_peopled: bool) -> Standing:
    """Where a village stands for somebody who would apply for it.

    `is_held` by an application; `is_peopled` where somebody was invited to work there.
    """
    state = TenantState(row.state)
    if state == TenantState.SUSPENDED:
        return "suspended"
    if state == TenantState.ARCHIVED:
        return "archived"
    if state in LIVE_STATES:
        return "live" if row.schema_name is not None else "noted"
    if state == TenantState.PROVISIONED and not is_peopled:
        return "applied" if is_held else "nobody"
    if state in (TenantState.PROVISIONED, TenantState.APPROVED):
        return "coming"
    if is_held or state not in FREE_STATES:
        return "applied"
    return "software" if row.software else "free"


def _in_some_order(words: list[str], places: Sequence[InstrumentedAttribute[str]]) -> ColumnElement[bool]:
    """Whether each word stands in some of these columns, spaces aside."""
    return and_(
        *(or_(*(_squeezed(place).icontains(word, autoescape=True) for place in places)) for word in words)
    )


def _squeezed(place: InstrumentedAttribute[str]) -> Function[str]:
    return func.replace(place, " ", "")


def _names_like(typed: str) -> tuple[str, ...]:
    """Names of villages that were probably meant, the likeliest first (one select)."""
    name = TenantRow.name
    likeness = func.max(
        func.greatest(
            func.similarity(name, typed),
            func.similarity(name + " " + TenantRow.district_name, typed),
            func.similarity(name + " " + TenantRow.regency_name, typed),
        )
    )
    query = select(name).group_by(name).having(likeness >= LEAST_LIKE).order_by(likeness.desc(), name)
    return tuple(db.session.scalars(query.limit(MOST_NEAR)))


def _peopled() -> ColumnElement[bool]:
    return exists().where(Membership.tenant_id == TenantRow.id)


def _found(row: TenantRow, is_held: bool, is_peopled: bool, formerly: str = "") -> Found:
    return Found(
        row.id,
        row.code,
        row.name,
        row.term,
        row.district_name,
        row.regency_name,
        row.slug,
        standing_of(row, is_held, is_peopled),
        formerly,
    )


def _dotted(text: str) -> str:
    """18062020 as 18.06.20.20: codes are typed with and without their dots."""
    digits = text.replace(".", "")
    parts = [digits[:2], digits[2:4], digits[4:6], digits[6:]]
    return ".".join(part for part in parts if part)


def _words(text: str) -> list[str]:
    """The words that count; those that only say what kind of place it is are left out where others were typed.

    So is the province's name, unless it is part of a kabupaten's (Lampung Tengah).
    """
    words = text.replace(",", " ").replace(".", " ").split()
    plain = [word.lower() for word in words]
    telling = [
        word
        for word, said, after in zip(words, plain, (*plain[1:], ""), strict=False)
        if _SHORT.get(said, said) not in _TERMS and not (said == "lampung" and after not in _SIDES)
    ]
    return (telling or words)[:MOST_WORDS]


def _spelt_out(text: str) -> str:
    """What was typed as a name that bears its kind (Kp. Baru: Kampung Baru), without spaces."""
    words = text.lower().replace(",", " ").replace(".", " ").split()
    return "".join(_SHORT.get(word, word) for word in words)
