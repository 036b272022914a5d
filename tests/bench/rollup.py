"""Adding up 2,651 villages × 80 indicators × 36 months: whole months, one village's change, and reading the sums."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial

from app.core.indicators.declarations import Value, declared, months_before, period_of
from tenants.models import now
from tenants.scope import platform_scope, tenant_scope
from tests.bench.house import House
from tests.bench.report import Report, percentile

INDICATORS = 80
MONTHS = 36
NIGHT_SECONDS = 20.0
CHANGE_SECONDS = 1.0
CHANGES = 10
READS = 40
PAGE_INDICATORS = 20
NAME = "rollup"

# Every kind of figure there is: sums, ratios with their parts, medians with their buckets, small counts of traits.
_FILL = """
    INSERT INTO platform.indicator_value
      (period, tenant_id, code, value, numerator, denominator, buckets, as_of, source)
    SELECT %(period)s, t.id, i.code,
      CASE i.rollup WHEN 'ratio' THEN (t.n %% 20) / 20.0
        ELSE (t.n * 7 + i.n * 3) %% CASE WHEN i.small THEN 12 ELSE 90 END END,
      CASE i.rollup WHEN 'ratio' THEN t.n %% 20 END, CASE i.rollup WHEN 'ratio' THEN 20 END,
      CASE i.rollup WHEN 'histogram'
        THEN (SELECT jsonb_agg((t.n + b) %% 4 ORDER BY b) FROM generate_series(0, i.edges) b) END,
      now(), 'siger'
    FROM (SELECT id, row_number() OVER (ORDER BY code) AS n FROM platform.tenant) t,
      unnest(%(codes)s::text[], %(rollups)s::text[], %(smalls)s::bool[], %(edges)s::int[])
        WITH ORDINALITY AS i (code, rollup, small, edges, n)
    ORDER BY t.id, i.code
    ON CONFLICT DO NOTHING
"""


def adding_up(house: House, report: Report) -> None:
    """Adding up 2,651 villages × 80 indicators: a month ≤ 20 s, a village's change ≤ 1 s; reading a page of sums."""
    house.list_villages()
    this_month = period_of(now()).first
    months = [months_before(this_month, ago) for ago in range(MONTHS)]
    fill(house, report, months)
    with house.application.app_context():
        _whole(report, months)
        _parts(report)
        _reads(report)
    _travel(house, report)


def fill(house: House, report: Report, months: list[dt.date]) -> None:
    """Write villages' figures of months that have none yet."""
    house.application  # noqa: B018 - all capabilities declare their indicators with it
    known = declared()[:INDICATORS]
    rest = INDICATORS - len(known)
    given = {
        "codes": [*(one.code for one in known), *(f"bench.figure_{n:02}" for n in range(rest))],
        "rollups": [*(one.rollup for one in known), *(["sum"] * rest)],
        "smalls": [*(one.sensitive for one in known), *([False] * rest)],
        "edges": [*(len(one.edges) for one in known), *([0] * rest)],
    }
    started = time.monotonic()
    with house.owner() as conn:
        for month in months:
            conn.execute(_FILL, {"period": month, **given})
        conn.execute("VACUUM (ANALYZE) platform.indicator_value")
        row = conn.execute("SELECT count(*) FROM platform.indicator_value").fetchone()
    assert row is not None
    report.say(f"{row[0]:,} figures in the table, written in {time.monotonic() - started:.0f} s")


def _whole(report: Report, months: list[dt.date]) -> None:
    from sqlalchemy import text

    from app.core.indicators.hiding import hide_small
    from app.core.indicators.rollup import roll_up_month
    from app.extensions import db

    with platform_scope():
        sums = text(
            "SELECT count(*) FROM (SELECT tenant_id, sum(value) FROM platform.indicator_value WHERE period = :p "
            "GROUP BY tenant_id) one"
        )
        plain = _timed(lambda: db.session.execute(sums, {"p": months[0]}).all())
        db.session.rollback()
        once = _timed(lambda: roll_up_month(months[0]))
        note = f"a plain sum over the same rows takes {plain:.2f} s"
        report.add(NAME, "one month from nothing", once, "s", at_most=NIGHT_SECONDS, note=note)
        again = _timed(lambda: roll_up_month(months[0]))
        report.add(NAME, "one month again (every night)", again, "s", at_most=NIGHT_SECONDS)
        hiding = _timed(lambda: hide_small(months[0]))
        db.session.rollback()
        report.add(NAME, "of it deciding what is hidden", hiding, "s")
        all_of_them = sum(_timed(partial(roll_up_month, month)) for month in months)
        note = f"{all_of_them / len(months):.2f} s a month"
        report.add(NAME, f"{len(months)} months, one after the other", all_of_them, "s", note=note)
        db.session.execute(text("ANALYZE platform.indicator_rollup"))
        db.session.commit()


def _parts(report: Report) -> None:
    """A village's new figures, and the marks that they leave worked off."""
    from sqlalchemy import select

    from app.extensions import db
    from tenants.models import TenantRow

    with platform_scope():
        ids = list(db.session.scalars(select(TenantRow.id).order_by(TenantRow.code).limit(CHANGES)))
        seconds = []
        for number, ident in enumerate(ids):
            values = {
                one.code: Value(0.5, 1, 2) if one.rollup == "ratio" else Value(float(number))
                for one in declared()
                if not one.edges
            }
            seconds.append(_timed(partial(_change, ident, values)))
    note = f"p50 {percentile(seconds, 0.5):.3f} s, in this process"
    report.add(NAME, "a village's change added up", max(seconds), "s", at_most=CHANGE_SECONDS, note=note)


def _change(ident: uuid.UUID, values: Mapping[str, Value]) -> None:
    from app.core.indicators.rollup import roll_up_due
    from app.core.indicators.services import write_values
    from app.extensions import db

    write_values(ident, period_of(now()), values)
    db.session.commit()
    roll_up_due()


def _reads(report: Report) -> None:
    """20 indicators of all kecamatan, and of all villages of a kabupaten."""
    from app.extensions import db
    from app.province import figures
    from app.province.regions import territory

    asked = declared()[-PAGE_INDICATORS:]
    with platform_scope():
        month = figures.newest_month()
        for level, here in ((3, "18"), (4, "18.06")):
            places = [place.code for place in figures.directory(territory(here), level)]
            seconds = [_timed(partial(figures.read, asked, places, [month])) for _ in range(READS)]
            p95 = percentile(seconds, 0.95) * 1000
            note = f"p50 {percentile(seconds, 0.5) * 1000:.1f} ms"
            report.add(
                NAME, f"reading {len(asked)} indicators of {len(places)} places, p95", p95, "ms", note=note
            )
        db.session.rollback()


def _travel(house: House, report: Report) -> None:
    """From a clerk's commit to the province's sum, through scheduler and worker."""
    from sqlalchemy import func, select

    from app.core.indicators.models import IndicatorRollup
    from app.core.village.models import Official
    from app.core.village.seed import seed_village
    from app.extensions import db
    from tenants import outbox
    from tenants.models import TenantRow
    from tenants.provisioning import provision_many
    from tenants.registry import load_tenant

    with house.application.app_context():
        with platform_scope():
            ident = db.session.scalars(select(TenantRow.id).order_by(TenantRow.code).limit(1)).one()
        provision_many(house.urls.owner_url, [ident], seed=seed_village)
        village = load_tenant(ident)

        def told() -> float:
            query = select(func.sum(IndicatorRollup.value)).where(
                IndicatorRollup.region_code == village.code[:8], IndicatorRollup.code == "staff.count",
                IndicatorRollup.period == period_of(now()).first,
            )  # fmt: skip
            with platform_scope():
                return db.session.scalar(query) or 0.0

        def change() -> None:
            with tenant_scope(village):
                db.session.add(Official(name="Suyatno", title="Kasi"))
                outbox.post("dirty", {})
                db.session.commit()

        def arrive() -> float:
            before, started = told(), time.monotonic()
            change()
            while told() == before:
                if time.monotonic() - started > 30:
                    raise RuntimeError("the change never arrived")
                time.sleep(0.01)
            return time.monotonic() - started

        with house.process("scheduler"), house.process("worker"):
            time.sleep(8)
            arrive()
            seconds = []
            for _ in range(CHANGES):
                time.sleep(1)
                seconds.append(arrive())
    note = f"p50 {percentile(seconds, 0.5):.2f} s, through scheduler and worker"
    report.add(NAME, "a clerk's change in the province's sum", max(seconds), "s", note=note)


def _timed(deed: Callable[[], object]) -> float:
    started = time.monotonic()
    deed()
    return time.monotonic() - started
