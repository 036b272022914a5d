"""Writing villages' figures where the province reads them, and marking what has to be added up again."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sqlalchemy import and_, literal, not_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.indicators.declarations import Period, Value, declared, months_before
from app.core.indicators.models import IndicatorValue
from app.extensions import db
from tenants import outbox
from tenants.models import TenantRow, TenantState, now

Source = Literal["siger", "push", "csv", "demo"]
CHANGED = "figures"
"""Kind of the message that figures were written and wait to be added up."""
VILLAGES_AT_ONCE = 400


def write_values(
    tenant_id: uuid.UUID,
    period: Period,
    values: Mapping[str, Value],
    source: Source = "siger",
    *,
    is_open: bool = False,
) -> None:
    """Write a village's figures of a month in the open platform transaction, over those that stand there.

    Figures that stand there with a later stamp than `period.moment` stay. The village's kecamatan is marked to be added
    up again in the same transaction, and the job that does it is woken once it commits. `is_open`: see `write_many`.
    """
    write_many(period, {tenant_id: values}, source, is_open=is_open)


def write_many(
    period: Period,
    values: Mapping[uuid.UUID, Mapping[str, Value]],
    source: Source = "siger",
    *,
    is_open: bool = False,
) -> None:
    """The same for many villages at once; rows are locked in one order, so two such writers never block each other.

    Args:
        period: the month, and as `moment` the stamp of the figures.
        values: village → code → figure. Villages and codes are taken as they are: check them before.
        source: where the figures come from.
        is_open: the caller saw that figures of the month stand there, so it need not be begun.
    """
    told = sorted((ident, sorted(found.items())) for ident, found in values.items() if found)
    if not told:
        return
    if not is_open:
        _open_month(period)
    for start in range(0, len(told), VILLAGES_AT_ONCE):
        part = told[start : start + VILLAGES_AT_ONCE]
        _write([(ident, code, value) for ident, found in part for code, value in found], period, source)
    mark_due([ident for ident, _ in told], [period.first])


def forget_silent(tenant_id: uuid.UUID, period: Period, codes: Sequence[str]) -> None:
    """Take away what was counted here before and has nothing to say any more, in the open platform transaction.

    What other software told stays, and what was told later than `period.moment`. A month that begins carries no such
    figure on, as it is gone from the month before. What is taken away is marked; a figure that somebody is writing
    just now is passed over.

    Args:
        tenant_id: the village.
        period: the month, and as `moment` when it was asked.
        codes: indicators that were asked and said nothing.
    """
    if not codes:
        return
    given = {"period": period.first, "moment": period.moment, "tenant": tenant_id, "codes": list(codes)}
    if db.session.execute(_FORGET, given).first() is not None:
        mark_due([tenant_id], [period.first])


def mark_due(tenant_ids: Sequence[uuid.UUID] | None, periods: Iterable[dt.date]) -> None:
    """Have the kecamatan of these villages (all when None) added up again in months; uncommitted, as the figures are.

    For whoever writes `indicator_value` in statements of their own.
    """
    which = "TRUE" if tenant_ids is None else "id = ANY(CAST(:ids AS uuid[]))"
    given = {} if tenant_ids is None else {"ids": list(tenant_ids)}
    db.session.execute(text(_MARK.format(which=which)), {"periods": sorted(periods), **given})
    outbox.post(CHANGED, {})


def _write(rows: Sequence[tuple[uuid.UUID, str, Value]], period: Period, source: Source) -> None:
    given = {
        "villages": [ident for ident, _, _ in rows],
        "codes": [code for _, code, _ in rows],
        "values": [float(value.value) for _, _, value in rows],
        "numerators": [_float(value.numerator) for _, _, value in rows],
        "denominators": [_float(value.denominator) for _, _, value in rows],
        "buckets": [json.dumps(value.buckets) if value.buckets else None for _, _, value in rows],
    }
    db.session.execute(_WRITE, {"period": period.first, "as_of": period.moment, "source": source, **given})


def _float(part: float | None) -> float | None:
    """Whole numbers and others can't stand in one array."""
    return None if part is None else float(part)


# One statement that is put together once, however many figures there are.
_WRITE = text(
    """
    INSERT INTO platform.indicator_value
      (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
    SELECT :period, new.tenant_id, new.code, new.value, new.numerator, new.denominator, CAST(new.buckets AS jsonb),
      :as_of, :source
    FROM unnest(
      CAST(:villages AS uuid[]), CAST(:codes AS text[]), CAST(:values AS float8[]), CAST(:numerators AS float8[]),
      CAST(:denominators AS float8[]), CAST(:buckets AS text[])
    ) AS new (tenant_id, code, value, numerator, denominator, buckets)
    ON CONFLICT (period, tenant_id, code) DO UPDATE
    SET (value, numerator, denominator, buckets, as_of, source)
      = (excluded.value, excluded.numerator, excluded.denominator, excluded.buckets, excluded.as_of, excluded.source)
    WHERE indicator_value.as_of <= excluded.as_of
    """
)

_FORGET = text(
    """
    DELETE FROM platform.indicator_value v USING (
      SELECT code FROM platform.indicator_value
      WHERE period = :period AND tenant_id = :tenant AND code = ANY(CAST(:codes AS text[])) AND source = 'siger'
        AND as_of <= :moment
      FOR UPDATE SKIP LOCKED
    ) gone
    WHERE v.period = :period AND v.tenant_id = :tenant AND v.code = gone.code
    RETURNING v.code
    """
)

# A mark that stands gets a new stamp: who adds up takes away only the marks that it saw.
_MARK = """
    INSERT INTO platform.indicator_rollup_due (district_code, period, asked_at)
    SELECT d.district_code, p.period, clock_timestamp()
    FROM (SELECT DISTINCT district_code FROM platform.tenant WHERE {which}) d,
      unnest(CAST(:periods AS date[])) AS p (period)
    ORDER BY d.district_code, p.period
    ON CONFLICT (district_code, period) DO UPDATE SET asked_at = excluded.asked_at
"""


def _open_month(period: Period) -> None:
    """Begin a month with the last known snapshots, so that the province's sums do not start from nothing.

    The first figure that is written in the present month carries all villages' snapshots over, with the stamp and the
    source that they had: what is old still looks old. Villages that are archived, and what was counted in a village
    whose data was deleted, stay behind. A month that is over is told by what was told of it alone.
    """
    if period.end <= now():
        return
    opened = select(literal(1)).select_from(IndicatorValue).where(IndicatorValue.period == period.first)
    if db.session.scalar(opened.limit(1)):
        return
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"indicators:{period.first}"}
    )
    old = IndicatorValue
    kept = (
        old.tenant_id,
        old.code,
        old.value,
        old.numerator,
        old.denominator,
        old.buckets,
        old.as_of,
        old.source,
    )
    snapshots = [one.code for one in declared() if one.period == "snapshot"]
    uncounted = and_(TenantRow.schema_name.is_(None), TenantRow.software.is_(None), old.source == "siger")
    carried = (
        select(literal(period.first), *kept)
        .join(TenantRow, TenantRow.id == old.tenant_id)
        .where(old.period == months_before(period.first, 1), old.code.in_(snapshots))
        .where(TenantRow.state != TenantState.ARCHIVED, not_(uncounted))
    )
    columns = ["period", *(column.key for column in kept)]
    moved = upsert(IndicatorValue).from_select(columns, carried).on_conflict_do_nothing()
    if db.session.execute(moved.returning(IndicatorValue.code)).first() is not None:
        mark_due(None, [period.first])
