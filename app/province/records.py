"""Rows for programs: villages, regions and figures in the order of their codes, as far as a region reaches."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from app.core.indicators.declarations import declared
from app.core.indicators.models import IndicatorValue
from app.core.regions.models import Region
from app.extensions import db
from app.province import figures as reading
from app.province.figures import MISSING, VILLAGE, Figure, Place, directory
from app.province.regions import Territory, within
from tenants.models import TenantRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which villages; None and empty mean all. `region` lies anywhere in the tree of codes."""

    search: str = ""
    region: str | None = None
    state: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class WantedFigures:
    """Which figures: of places of a level (4 is villages); a month of None is the newest."""

    code: str
    month: dt.date | None = None
    level: int = VILLAGE
    with_missing: bool = False
    """Also places that told nothing."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One place's figure of a month."""

    place: Place
    code: str
    period: dt.date
    figure: Figure

    @property
    def reason(self) -> str | None:
        """Why there is no value: nobody told it, it is a small count, or it would give one away."""
        if self.figure.is_small:
            return "small"
        if self.figure.is_hidden:
            return "hidden"
        return "missing" if self.figure.is_missing else None


def villages(territory: str | None, wanted: Wanted, after: str | None, count: int) -> Sequence[TenantRow]:
    """Up to `count` villages behind the code `after` (inside a platform scope; one select)."""
    query = select(TenantRow).where(within(territory)).order_by(TenantRow.code).limit(count)
    if after is not None:
        query = query.where(TenantRow.code > after)
    if wanted.region is not None:
        query = query.where(or_(within(wanted.region), TenantRow.code == wanted.region))
    if wanted.state is not None:
        query = query.where(TenantRow.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(TenantRow.kind == wanted.kind)
    if wanted.search:
        name = TenantRow.term + " " + TenantRow.name
        query = query.where(name.icontains(wanted.search, autoescape=True))
    return db.session.scalars(query).all()


def village(territory: str | None, village_id: uuid.UUID) -> TenantRow | None:
    """One village, None when it does not exist or lies outside of the territory."""
    query = select(TenantRow).where(within(territory), TenantRow.id == village_id)
    return db.session.scalars(query).one_or_none()


def regions(parent: str) -> Sequence[Region]:
    """The regions directly below `parent`, by code."""
    return db.session.scalars(select(Region).where(Region.parent_code == parent).order_by(Region.code)).all()


def figures(territory: Territory, wanted: WantedFigures, after: str | None, count: int) -> list[FigureRow]:
    """Up to `count` places' values of an indicator in a month, behind the code `after`, by code.

    Inside a platform scope, three to six selects. An indicator that nobody declares has none.
    """
    indicator = next((one for one in declared() if one.code == wanted.code), None)
    if indicator is None:
        return []
    month = wanted.month or reading.newest_month()
    if wanted.level == VILLAGE:
        places = _villages(territory, None if wanted.with_missing else (indicator.code, month), after, count)
    else:
        places = [p for p in directory(territory, wanted.level) if after is None or p.code > after]
    told = reading.read([indicator], [place.code for place in places], [month])
    rows = [
        FigureRow(place, indicator.code, month, told.get((place.code, indicator.code, month), MISSING))
        for place in places
    ]
    return [row for row in rows if wanted.with_missing or not row.figure.is_missing][:count]


def _villages(
    territory: Territory, told: tuple[str, dt.date] | None, after: str | None, count: int
) -> list[Place]:
    """Villages behind a code; those alone that told an indicator in a month, unless all are wanted."""
    name = TenantRow.term + " " + TenantRow.name
    query = select(TenantRow.code, name, TenantRow.kind, TenantRow.id, TenantRow.state, TenantRow.software)
    query = query.where(within(territory.code)).order_by(TenantRow.code).limit(count)
    if after is not None:
        query = query.where(TenantRow.code > after)
    if told is not None:
        code, month = told
        query = query.join(
            IndicatorValue,
            and_(
                IndicatorValue.tenant_id == TenantRow.id,
                IndicatorValue.code == code,
                IndicatorValue.period == month,
            ),
        )
    return [
        Place(village, said, VILLAGE, int(kind == "desa"), int(kind != "desa"), ident, state, software)
        for village, said, kind, ident, state, software in db.session.execute(query)
    ]
