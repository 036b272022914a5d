"""What the pages about villages with other software show: lists, one village, deliveries."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true, tuple_

from app.core.indicators.declarations import Indicator, declared
from app.core.indicators.models import IndicatorValue
from app.extensions import db
from app.province.external.models import ExternalDelivery, ExternalKey
from app.province.external.services.keys import is_live
from app.province.figures import Figure, read
from app.province.regions import Territory, within
from tenants.models import TenantRow, TenantState, now

PAGE = 50
MOST_FOUND = 20
STALE_DAYS = 35
"""Villages tell their figures monthly; after a month and some days without any they are stale."""
OUTSIDE = ("push", "csv")


@dataclass(frozen=True, slots=True)
class Line:
    """A village with other software: its newest delivery that brought something, and how many keys work."""

    id: uuid.UUID
    code: str
    name: str
    district: str
    regency: str
    software: str
    newest_at: dt.datetime | None
    period: dt.date | None
    figures: int
    keys: int

    @property
    def stale_since(self) -> dt.datetime | None:
        """Since when its figures are old; None while they are fresh or when it never sent any."""
        return stale_since(self.newest_at)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list with the code that the next one begins behind."""

    lines: list[Line]
    total: int
    after: str | None


def stale_since(newest: dt.datetime | None) -> dt.datetime | None:
    """Since when a village is silent that sent its newest figures at that moment."""
    if newest is None:
        return None
    due = newest + dt.timedelta(days=STALE_DAYS)
    return due if due < now() else None


def villages(territory: Territory, search: str, after: str) -> Page:
    """The villages of a region that run other software, by code (two selects)."""
    newest = (
        select(ExternalDelivery.received_at, ExternalDelivery.period)
        .where(ExternalDelivery.tenant_id == TenantRow.id, ExternalDelivery.accepted > 0)
        .order_by(ExternalDelivery.received_at.desc())
        .limit(1)
        .lateral()
    )
    keys = select(func.count()).where(ExternalKey.tenant_id == TenantRow.id, *is_live()).scalar_subquery()
    figures = (
        select(func.count())
        .where(
            IndicatorValue.tenant_id == TenantRow.id,
            IndicatorValue.period == newest.c.period,
            IndicatorValue.source.in_(OUTSIDE),
        )
        .scalar_subquery()
    )
    chosen = and_(within(territory.code), TenantRow.software.is_not(None), _found(search))
    query = (
        select(TenantRow, newest.c.received_at, newest.c.period, figures, keys)
        .outerjoin(newest, true())
        .where(chosen, TenantRow.code > after)
        .order_by(TenantRow.code)
        .limit(PAGE + 1)
    )
    rows = db.session.execute(query).all()
    lines = [
        Line(
            row.id, row.code, f"{row.term} {row.name}", row.district_name, row.regency_name, row.software or "",
            received, period, told, live,
        )
        for row, received, period, told, live in rows[:PAGE]
    ]  # fmt: skip
    total = db.session.scalar(select(func.count()).select_from(TenantRow).where(chosen)) or 0
    return Page(lines, total, lines[-1].code if len(rows) > PAGE else None)


def candidates(territory: Territory, search: str) -> list[TenantRow]:
    """Villages of a region that could be said to run other software: neither do they yet, nor do they run this."""
    if not search:
        return []
    query = select(TenantRow).where(
        within(territory.code),
        TenantRow.software.is_(None),
        TenantRow.schema_name.is_(None),
        TenantRow.state != TenantState.ARCHIVED,
        _found(search),
    )
    return list(db.session.scalars(query.order_by(TenantRow.name, TenantRow.code).limit(MOST_FOUND)))


def _found(search: str) -> ColumnElement[bool]:
    """By code when it looks like one, else by any part of the village's name or of its software's."""
    if not search:
        return true()
    digits = search.replace(".", "").replace(" ", "")
    if digits.isascii() and digits.isdigit():
        return func.replace(TenantRow.code, ".", "").startswith(digits, autoescape=True)
    return or_(
        (TenantRow.term + " " + TenantRow.name).icontains(search, autoescape=True),
        TenantRow.software.icontains(search, autoescape=True),
    )


def village(village_id: uuid.UUID) -> TenantRow | None:
    """A village of the province, whichever region it lies in."""
    return db.session.get(TenantRow, village_id)


def keys_of(village_id: uuid.UUID) -> list[ExternalKey]:
    """A village's keys that work or ended within a year, newest first."""
    since = now() - dt.timedelta(days=365)
    query = select(ExternalKey).where(ExternalKey.tenant_id == village_id, ExternalKey.expires_at > since)
    return list(db.session.scalars(query.order_by(ExternalKey.made_at.desc()).limit(30)))


@dataclass(frozen=True, slots=True)
class Told:
    """A figure that a village sent."""

    indicator: Indicator
    figure: Figure


def told_by(row: TenantRow, period: dt.date) -> list[Told]:
    """What a village's own system told of a month, by code; small sensitive counts are hidden as everywhere."""
    known = declared()
    found = read(known, [row.code], [period])
    lines = [(one, found.get((row.code, one.code, period))) for one in known]
    return [Told(one, figure) for one, figure in lines if figure is not None and figure.source in OUTSIDE]


def newest_of(village_id: uuid.UUID) -> ExternalDelivery | None:
    """The newest delivery of a village that brought something."""
    query = select(ExternalDelivery).where(
        ExternalDelivery.tenant_id == village_id, ExternalDelivery.accepted > 0
    )
    return db.session.scalars(query.order_by(ExternalDelivery.received_at.desc()).limit(1)).one_or_none()


def deliveries_of(village_id: uuid.UUID, limit: int = 10) -> list[ExternalDelivery]:
    """A village's newest deliveries, those out of files too."""
    query = select(ExternalDelivery).where(ExternalDelivery.tenant_id == village_id)
    return list(
        db.session.scalars(
            query.order_by(ExternalDelivery.received_at.desc(), ExternalDelivery.id).limit(limit)
        )
    )


@dataclass(frozen=True, slots=True)
class Delivered:
    """A line of the log: a delivery with its village, which a file of several has not."""

    row: ExternalDelivery
    village: str
    refused: int


def deliveries(territory: Territory, before: uuid.UUID | None) -> tuple[list[Delivered], uuid.UUID | None]:
    """The deliveries to a region, newest first, fifty at a time: pushes of its villages and files of its officers.

    Args:
        before: go on behind this delivery.

    Returns them, and the one that the next page begins behind.
    """
    row = ExternalDelivery
    query = (
        select(row, TenantRow.term + " " + TenantRow.name)
        .outerjoin(TenantRow, TenantRow.id == row.tenant_id)
        .where(row.file_id.is_(None), _in_region(territory))
    )
    if before is not None:
        marked = db.session.get(row, before)
        if marked is not None:
            query = query.where(tuple_(row.received_at, row.id) < tuple_(marked.received_at, marked.id))
    found = db.session.execute(query.order_by(row.received_at.desc(), row.id.desc()).limit(PAGE + 1)).all()
    lines = [Delivered(one, name or "", refused_count(one)) for one, name in found[:PAGE]]
    return lines, lines[-1].row.id if len(found) > PAGE else None


def delivery(delivery_id: uuid.UUID, territory: Territory) -> Delivered | None:
    """One delivery to a region."""
    query = (
        select(ExternalDelivery, TenantRow.term + " " + TenantRow.name)
        .outerjoin(TenantRow, TenantRow.id == ExternalDelivery.tenant_id)
        .where(ExternalDelivery.id == delivery_id, _in_region(territory))
    )
    found = db.session.execute(query).one_or_none()
    return Delivered(found[0], found[1] or "", refused_count(found[0])) if found else None


def region_of_delivery(delivery_id: uuid.UUID) -> str | None:
    """The region or village that a delivery is of, whoever asks; None where there is none."""
    query = select(ExternalDelivery.region_code).where(ExternalDelivery.id == delivery_id)
    return db.session.scalar(query) or None


def refused_count(row: ExternalDelivery) -> int:
    """How many values or rows of a delivery were refused; of long files only some are kept."""
    told: Any = row.answer.get("refused")
    return told if isinstance(told, int) else len(row.refused)


def _in_region(territory: Territory) -> ColumnElement[bool]:
    code = ExternalDelivery.region_code
    return or_(code == territory.code, code.startswith(f"{territory.code}.", autoescape=True))


def villages_for_template(territory: Territory, only: uuid.UUID | None) -> list[tuple[str, str]]:
    """Codes and names of the villages of a region that run other software; of one alone where it is named."""
    query = select(TenantRow.code, TenantRow.term + " " + TenantRow.name).where(
        within(territory.code), TenantRow.software.is_not(None)
    )
    if only is not None:
        query = query.where(TenantRow.id == only)
    return [(code, name) for code, name in db.session.execute(query.order_by(TenantRow.code))]
