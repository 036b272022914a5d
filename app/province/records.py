"""Rows for programs: villages, regions and figures in the order of their codes, as far as a region reaches."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from app.core.indicators.declarations import declared
from app.core.indicators.models import IndicatorValue
from app.core.regions.models import Region
from app.extensions import db
from app.province.overview import newest_month
from app.province.regions import within
from tenants.models import TenantRow

HIDDEN_BELOW = 5
"""Counts of people by a trait are not told above the village while they are smaller than this."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which villages; None and empty mean all. `region` lies anywhere in the tree of codes."""

    search: str = ""
    region: str | None = None
    state: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One village's figure of a month; `value` is None where it is too small to be told."""

    village_id: uuid.UUID
    village_code: str
    code: str
    period: dt.date
    value: float | None
    numerator: float | None
    denominator: float | None
    as_of: dt.datetime


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


def figures(
    territory: str | None, code: str, month: dt.date | None, after: str | None, count: int
) -> list[FigureRow]:
    """Up to `count` villages' values of an indicator in a month (None: the newest), behind the village code `after`."""
    figure = IndicatorValue
    query = (
        select(
            figure.tenant_id, TenantRow.code, figure.period, figure.value, figure.numerator,
            figure.denominator, figure.as_of,
        )
        .join(TenantRow, TenantRow.id == figure.tenant_id)
        .where(within(territory), figure.code == code)
        .where(figure.period == (newest_month() if month is None else month))
        .order_by(TenantRow.code)
        .limit(count)
    )  # fmt: skip
    if after is not None:
        query = query.where(TenantRow.code > after)
    sensitive = code in {indicator.code for indicator in declared() if indicator.sensitive}
    return [_figure(code, row, sensitive) for row in db.session.execute(query)]


def _figure(code: str, row: Row[*tuple[Any, ...]], sensitive: bool) -> FigureRow:
    if sensitive and row.value < HIDDEN_BELOW:
        return FigureRow(row.tenant_id, row.code, code, row.period, None, None, None, row.as_of)
    return FigureRow(
        row.tenant_id, row.code, code, row.period, row.value, row.numerator, row.denominator, row.as_of
    )
