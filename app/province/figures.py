"""Reading villages' figures: of any place, indicator and month, with small sensitive counts hidden.

Places are known by their codes: province, kabupaten/kota, kecamatan (added up in `indicator_rollup`) and villages
(`indicator_value`). A figure that nobody told is missing, which is not zero; one that may not be told is hidden.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.core.indicators.declarations import Indicator, median_of, period_of
from app.core.indicators.models import HiddenCell
from app.core.indicators.models import IndicatorDaily as Daily
from app.core.indicators.models import IndicatorFailure as Failure
from app.core.indicators.models import IndicatorRollup as Rollup
from app.core.indicators.models import IndicatorValue as Value
from app.core.indicators.suppression import LEAST
from app.extensions import db
from app.province.regions import DISTRICT, Territory, level_of, within
from tenants.models import TenantRow, now

VILLAGE = 4
Key = tuple[str, str, dt.date]
"""Code of a place, code of an indicator, first day of a month."""


@dataclass(frozen=True, slots=True)
class Place:
    """A region or village with how many villages it has; `village_id`, `state` and `software` of villages alone."""

    code: str
    name: str
    level: int
    desa: int = 0
    kelurahan: int = 0
    village_id: uuid.UUID | None = None
    state: str | None = None
    software: str | None = None

    @property
    def villages(self) -> int:
        """Villages of both kinds."""
        return self.desa + self.kelurahan


@dataclass(frozen=True, slots=True)
class Figure:
    """What a place tells of an indicator in a month.

    `value` is None where nobody told anything (`is_missing`) or where it may not be told (`is_hidden`; shown as "<5"
    when `is_small`, else as a hidden neighbour). A ratio's is from 0 to 1 unless its unit says otherwise. `told` counts
    the villages that told theirs; `oldest` and `newest` are their stamps; `sources` where they came from.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    buckets: tuple[int, ...] | None = None
    told: int = 0
    demo: int = 0
    oldest: dt.datetime | None = None
    newest: dt.datetime | None = None
    source: str | None = None
    is_hidden: bool = False
    is_small: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether nobody told anything."""
        return self.told == 0


MISSING = Figure()


def newest_told() -> ScalarSelect[dt.date]:
    """The newest month that has figures (null when there are none), to be read beside something else.

    Of the province, whose code is the first of all: its rows lie together in the key, by month.
    """
    province = select(func.min(Rollup.region_code)).scalar_subquery()
    newest = select(func.max(Rollup.period))
    return newest.where(
        Rollup.region_code == province, Rollup.period <= period_of(now()).first
    ).scalar_subquery()


def newest_month() -> dt.date:
    """The month to show first: the newest that has figures, the present one when there are none (one select)."""
    return db.session.scalar(select(newest_told())) or period_of(now()).first


def directory(territory: Territory, level: int) -> list[Place]:
    """All places of a level within a territory, by code (one select). Level 4 is villages."""
    if level == VILLAGE:
        rows = db.session.execute(
            select(
                TenantRow.code,
                TenantRow.term + " " + TenantRow.name,
                TenantRow.kind,
                TenantRow.id,
                TenantRow.state,
                TenantRow.software,
            )
            .where(within(territory.code))
            .order_by(TenantRow.code)
        )
        return [
            Place(code, name, VILLAGE, int(kind == "desa"), int(kind != "desa"), ident, state, software)
            for code, name, kind, ident, state, software in rows
        ]
    desa = func.count().filter(TenantRow.kind == "desa")
    if level == territory.level:
        whole = select(desa, func.count() - desa).where(within(territory.code))
        ours, others = db.session.execute(whole).one()
        return [Place(territory.code, territory.name, level, ours, others)]
    code, name = TenantRow.regency_code, TenantRow.regency_name
    if level == DISTRICT:
        code, name = TenantRow.district_code, TenantRow.district_name
    query = select(code, name, desa, func.count() - desa).where(within(territory.code))
    found = db.session.execute(query.group_by(code, name).order_by(code))
    return [Place(place, said, level, d, k) for place, said, d, k in found]


def read(
    indicators: Sequence[Indicator],
    places: Iterable[str],
    periods: Sequence[dt.date],
    kind: str | None = None,
) -> dict[Key, Figure]:
    """The figures of places, by (place, indicator, month); what nobody told is left out: `found.get(key, MISSING)`.

    At most three selects, whatever is asked: added-up figures, villages' figures, and what of them is hidden.

    Args:
        indicators: declared ones.
        places: codes of regions and villages.
        periods: first days of months.
        kind: only `desa` or only `kelurahan`; sensitive indicators are told for both together alone.
    """
    wanted = set(places)
    known = {one.code: one for one in indicators}
    found = _rollups(known, [p for p in wanted if level_of(p) < VILLAGE], periods, kind)
    found |= _of_villages(known, Value.period.in_(periods), [p for p in wanted if level_of(p) == VILLAGE])
    sensitive = [code for code, one in known.items() if one.sensitive]
    if sensitive and found:
        _hide(found, sensitive, wanted, periods)
    return found


def by_kind(
    indicator: Indicator, place: str, periods: Sequence[dt.date]
) -> dict[tuple[str, dt.date], Figure]:
    """A region's figures of an indicator with desa and kelurahan apart: by (kind, month). One select.

    Raises ValueError for a sensitive indicator: its parts might give hidden counts away.
    """
    if indicator.sensitive:
        raise ValueError(indicator.code)
    columns = (
        Rollup.kind, Rollup.period, Rollup.value, Rollup.numerator, Rollup.denominator, Rollup.buckets, Rollup.villages,
        Rollup.demo_villages, Rollup.oldest, Rollup.newest,
    )  # fmt: skip
    query = select(*columns).where(
        Rollup.region_code == place, Rollup.period.in_(periods), Rollup.code == indicator.code
    )
    return {
        (kind, period): _computed(
            indicator,
            Figure(value, top, bottom, tuple(buckets) if buckets else None, told, demo, oldest, newest),
        )
        for kind, period, value, top, bottom, buckets, told, demo, oldest, newest in db.session.execute(query)
    }


def _rollups(
    known: Mapping[str, Indicator], codes: Sequence[str], periods: Sequence[dt.date], kind: str | None
) -> dict[Key, Figure]:
    if not codes or not known:
        return {}
    columns = (
        Rollup.region_code, Rollup.code, Rollup.period, Rollup.value, Rollup.numerator, Rollup.denominator,
        Rollup.buckets, Rollup.villages, Rollup.demo_villages, Rollup.oldest, Rollup.newest,
    )  # fmt: skip
    query = select(*columns).where(
        Rollup.region_code == _one_of(codes), Rollup.period.in_(periods), Rollup.code == _one_of(list(known))
    )
    plain = [code for code, one in known.items() if not one.sensitive]
    if kind is not None:
        query = query.where(or_(Rollup.kind == kind, Rollup.code.not_in(plain)))
    found: dict[Key, Figure] = {}
    for place, code, period, value, top, bottom, buckets, told, demo, oldest, newest in db.session.execute(
        query
    ):
        key, indicator = (place, code, period), known[code]
        before = found.get(key)
        # There are thousands of them: what most are is made at once.
        if before is None and indicator.rollup == "ratio" and bottom:
            found[key] = Figure((top or 0.0) / bottom, top, bottom, None, told, demo, oldest, newest)
            continue
        one = Figure(value, top, bottom, tuple(buckets) if buckets else None, told, demo, oldest, newest)
        found[key] = _together(indicator, before, one) if before else _computed(indicator, one)
    return found


def _one_of(codes: Sequence[str]) -> Any:
    """One parameter for a list of codes, however long it is."""
    return any_(literal(list(codes), ARRAY(Text)))


def _of_villages(known: Mapping[str, Indicator], when: Any, codes: Sequence[str]) -> dict[Key, Figure]:
    if not codes or not known:
        return {}
    query = (
        select(
            TenantRow.code, Value.code, Value.period, Value.value, Value.numerator, Value.denominator, Value.buckets,
            Value.as_of, Value.source,
        )
        .join(TenantRow, TenantRow.id == Value.tenant_id)
        .where(when, Value.code == _one_of(list(known)), TenantRow.code == _one_of(codes))
    )  # fmt: skip
    return {
        (place, code, period): Figure(
            value,
            top,
            bottom,
            tuple(buckets) if buckets else None,
            1,
            int(source == "demo"),
            stamp,
            stamp,
            source,
        )
        for place, code, period, value, top, bottom, buckets, stamp, source in db.session.execute(query)
    }


def _together(indicator: Indicator, one: Figure, other: Figure) -> Figure:
    buckets = one.buckets or other.buckets
    if one.buckets and other.buckets:
        buckets = tuple(a + b for a, b in zip_longest(one.buckets, other.buckets, fillvalue=0))
    first, second = one.value or 0.0, other.value or 0.0
    both = Figure(
        max(first, second) if indicator.rollup == "max" else first + second,
        _sum(one.numerator, other.numerator),
        _sum(one.denominator, other.denominator),
        buckets,
        one.told + other.told,
        one.demo + other.demo,
        min(filter(None, (one.oldest, other.oldest)), default=None),
        max(filter(None, (one.newest, other.newest)), default=None),
    )
    return _computed(indicator, both)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None and other is None else (one or 0.0) + (other or 0.0)


def _computed(indicator: Indicator, figure: Figure) -> Figure:
    """The figure with the value that its parts make; a ratio of nothing is missing."""
    if indicator.rollup == "ratio":
        if not figure.denominator:
            return replace(figure, value=None, told=0)
        return replace(figure, value=(figure.numerator or 0.0) / figure.denominator)
    if indicator.rollup == "histogram":
        median = median_of(figure.buckets or (), indicator.edges)
        return replace(figure, value=median, told=figure.told if median is not None else 0)
    return figure


def _hide(
    found: dict[Key, Figure], sensitive: Sequence[str], wanted: set[str], periods: Sequence[dt.date]
) -> None:
    """Hide what was found to be hidden when figures were added up, and villages' small counts that are newer."""
    query = select(HiddenCell.place, HiddenCell.code, HiddenCell.period, HiddenCell.is_small).where(
        HiddenCell.period.in_(periods),
        HiddenCell.code.in_(sensitive),
        HiddenCell.place == _one_of(sorted(wanted)),
    )
    hidden = {(place, code, period): is_small for place, code, period, is_small in db.session.execute(query)}
    for key, figure in found.items():
        if key[1] not in sensitive:
            continue
        count = figure.numerator if figure.numerator is not None else figure.value
        is_small = hidden.get(key, True if count is not None and 0 < count < LEAST else None)
        if is_small is not None:
            found[key] = replace(
                figure, value=None, numerator=None, denominator=None, buckets=None, is_hidden=True, is_small=is_small
            )  # fmt: skip


def daily(
    indicator: Indicator, place: str, first: dt.date, last: dt.date, kind: str | None = None
) -> dict[dt.date, Figure]:
    """A place's values of an indicator that is kept by day, day by day; days without one are left out (one select).

    Raises ValueError for a sensitive indicator: small counts are hidden by month alone.
    """
    if indicator.sensitive:
        raise ValueError(f"{indicator.code} is sensitive")
    value = func.max(Daily.value) if indicator.rollup == "max" else func.sum(Daily.value)
    query = (
        select(Daily.day, value, func.sum(Daily.numerator), func.sum(Daily.denominator), func.count())
        .join(TenantRow, TenantRow.id == Daily.tenant_id)
        .where(Daily.code == indicator.code, Daily.day.between(first, last))
        .where(TenantRow.code == place if level_of(place) == VILLAGE else within(place))
        .group_by(Daily.day)
        .order_by(Daily.day)
    )
    if kind is not None:
        query = query.where(TenantRow.kind == kind)
    return {
        day: _computed(indicator, Figure(total, top, bottom, told=told))
        for day, total, top, bottom, told in db.session.execute(query)
    }


def courses(
    indicator: Indicator, villages: Sequence[uuid.UUID], months: Sequence[dt.date]
) -> dict[uuid.UUID, list[float | None]]:
    """Villages' values of an indicator month by month, None where missing, for what compares thousands of them.

    One select with a row for each village; villages that told nothing are left out. `months` follow one another.
    Raises ValueError for a sensitive indicator: its small counts are hidden one by one (`read`).
    """
    if indicator.sensitive:
        raise ValueError(f"{indicator.code} is sensitive")
    if not months or not villages:
        return {}
    number = func.extract("year", Value.period) * 12 + func.extract("month", Value.period)
    query = (
        select(Value.tenant_id, func.array_agg(cast(number, Integer)), func.array_agg(Value.value))
        .where(Value.code == indicator.code, Value.period.between(months[0], months[-1]))
        .where(Value.tenant_id == any_(literal(list(villages), ARRAY(Uuid))))
        .group_by(Value.tenant_id)
    )
    first = months[0].year * 12 + months[0].month
    found: dict[uuid.UUID, list[float | None]] = {}
    for ident, places, values in db.session.execute(query):
        row: list[float | None] = [None] * len(months)
        for place, value in zip(places, values, strict=True):
            row[place - first] = value
        found[ident] = row
    return found


def failing(territory: Territory) -> int:
    """In how many villages of a territory something can't be counted at present (one select)."""
    query = select(func.count(Failure.tenant_id.distinct())).join(
        TenantRow, TenantRow.id == Failure.tenant_id
    )
    return db.session.scalar(query.where(within(territory.code))) or 0


def of_villages(
    indicator: Indicator,
    territory: Territory,
    period: dt.date,
    beside: str | None = None,
    whole: bool = False,
) -> Sequence[Row[Any]]:
    """Every village of a territory with its figure of a month, by code, as plain rows for lists of thousands.

    One select. A hidden figure's value and parts are None in the row. `made_of` makes a place and its figure of a row.

    Args:
        beside: code of another indicator that is not sensitive, whose value stands in the column `beside`.
        whole: with the village's id, the parts of a ratio and the stamp, which long lists on screens do not need.
    """
    told, other = aliased(Value), aliased(Value)
    count = func.coalesce(told.numerator, told.value)
    small: ColumnElement[bool] = false()
    hidden: ColumnElement[bool] = false()
    if indicator.sensitive:
        small = func.coalesce(HiddenCell.is_small, and_(count > 0, count < LEAST))
        hidden = or_(HiddenCell.place.is_not(None), and_(count > 0, count < LEAST))

    def kept(column: Any) -> Any:
        return (case((hidden, None), else_=column) if indicator.sensitive else column).label(column.key)

    parts = (TenantRow.id, kept(told.numerator), kept(told.denominator), told.as_of)
    columns = [
        TenantRow.code,
        (TenantRow.term + " " + TenantRow.name).label("name"),
        TenantRow.kind,
        TenantRow.state,
        TenantRow.software,
        kept(told.value),
        told.source,
        hidden.label("is_hidden"),
        small.label("is_small"),
        (other.value if beside else null()).label("beside"),
        *(parts if whole else ()),
    ]
    query = select(*columns).outerjoin(
        told, (told.tenant_id == TenantRow.id) & (told.code == indicator.code) & (told.period == period)
    )
    if indicator.sensitive:
        same = (HiddenCell.period == period) & (HiddenCell.code == indicator.code)
        query = query.outerjoin(HiddenCell, same & (HiddenCell.place == TenantRow.code))
    if beside:
        query = query.outerjoin(
            other, (other.tenant_id == TenantRow.id) & (other.code == beside) & (other.period == period)
        )
    return db.session.execute(query.where(within(territory.code)).order_by(TenantRow.code)).all()


def made_of(row: Row[Any]) -> tuple[Place, Figure]:
    """The place and figure of a row of `of_villages`."""
    is_desa, given = row.kind == "desa", row._mapping
    place = Place(
        row.code, row.name, VILLAGE, int(is_desa), int(not is_desa), given.get("id"), row.state, row.software
    )
    if row.source is None:
        return place, MISSING
    stamp = given.get("as_of")
    figure = Figure(
        row.value, given.get("numerator"), given.get("denominator"), None, 1, int(row.source == "demo"), stamp, stamp,
        row.source, bool(row.is_hidden), bool(row.is_hidden and row.is_small),
    )  # fmt: skip
    return place, figure
