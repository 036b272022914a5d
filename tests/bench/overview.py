"""What the province's people look at: 2,651 villages, 80 indicators, 36 months, as signed-in officers see it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator

from app.core.indicators.declarations import Indicator, declared, months_before, period_of
from tenants.models import now
from tests.bench import load
from tests.bench.house import BASE_HOST, House, Village
from tests.bench.pages import REQUESTS, queries_of, time_page
from tests.bench.report import Report, percentile

INDICATORS = 80
MONTHS = 36
COPY = (
    "COPY platform.indicator_value (period, tenant_id, code, value, numerator, denominator, buckets, as_of)"
    " FROM STDIN"
)
STATES = (
    "active", "active", "active", "set_up", "established", "provisioned", "active", "dormant", "active", "set_up",
)  # fmt: skip
PAGES = {
    "overview": "/",
    "one indicator": "/indikator/pop.total",
    "one indicator, all villages": "/indikator/pop.disabled?tingkat=4",
    "catalogue of indicators": "/indikator",
    "comparing places": "/bandingkan?tempat=18.06&tempat=18.08&tempat=18.01&kode=pop.total&kode=letters.issued",
    "readiness": "/kesiapan",
    "villages that need help": "/perlu-bantuan",
}
DRILL_DOWNS = {
    "a kabupaten": "/wilayah/18.06",
    "a kecamatan": "/wilayah/18.06.20",
    "a village's card": "/desa/{village}",
    "an indicator in a kabupaten": "/indikator/letters.median_hours?wilayah=18.06",
}
PAGE_MS, DRILL_MS = 80, 40


def overview(house: House, report: Report) -> None:
    """The province's pages over 7.6 million figures: p95 ≤ 80 ms, drill-down ≤ 40 ms, ≤ 8 queries."""
    villages = house.ensure_villages()
    rows, seconds = fill(house, villages)
    report.say(f"{rows:,} figures in the table" + (f", copied in {seconds:.1f} s" if seconds else ""))
    _add_up(house, report)
    cookie = house.sign_in_officer()
    with house.web() as web:
        for pages, most in ((PAGES, PAGE_MS), (DRILL_DOWNS, DRILL_MS)):
            for name, pattern in pages.items():
                path = pattern.format(village=villages[len(villages) // 2].id)
                time_page(web, report, ("overview", name), path, cookie, at_most=most)
        both = load.run(web.port, [load.request_bytes(BASE_HOST, "/", cookie)] * REQUESTS, 2)
    p95 = percentile(both.seconds, 0.95) * 1000
    report.add("overview", "overview, p95, two in flight", p95, "ms", note=f"{both.rate:.0f} req/s")
    for name, pattern in {**PAGES, **DRILL_DOWNS}.items():
        path = pattern.format(village=villages[len(villages) // 2].id)
        count = queries_of(house, cookie, path)
        report.add("overview", f"{name}, queries", count, "", at_most=8, note="set_config counted")


def fill(house: House, villages: list[Village]) -> tuple[int, float]:
    """Write the figures by COPY, once, and give villages a state; return rows in all and the seconds it took."""
    with house.owner() as conn:
        row = conn.execute("SELECT count(*) FROM platform.indicator_value").fetchone()
        if row is not None and row[0] >= len(villages) * INDICATORS * MONTHS:
            return row[0], 0.0
        started = time.monotonic()
        conn.execute("TRUNCATE platform.indicator_value, platform.indicator_rollup")
        with conn.transaction(), conn.cursor() as cursor:
            for number, village in enumerate(villages):
                state = STATES[number % len(STATES)]
                cursor.execute(
                    "UPDATE platform.tenant SET state = %s, live_at = now() - interval '90 days' WHERE id = %s",
                    (state, village.id),
                )
        with house.application.app_context():
            known = declared()
        with conn.transaction(), conn.cursor() as cursor, cursor.copy(COPY) as copy:
            for block in _blocks([village.id for village in villages], known):
                copy.write(block)
        conn.execute("VACUUM (ANALYZE) platform.indicator_value")
        conn.execute("VACUUM (ANALYZE) platform.tenant")
        from tenants.registry import hosts_changed

        hosts_changed()
        return len(villages) * INDICATORS * MONTHS, time.monotonic() - started


def _add_up(house: House, report: Report) -> None:
    """Add everything up: first the past, then this month as every night does, which is what is promised."""
    from app.core.indicators.rollup import roll_up
    from app.extensions import db
    from tenants.scope import platform_scope

    this_month = period_of(dt.datetime.now(dt.UTC)).first
    with house.application.app_context(), platform_scope():
        started = time.monotonic()
        for back in range(1, MONTHS):
            roll_up([months_before(this_month, back)])
            db.session.commit()
        report.say(f"{MONTHS - 1} months added up in {time.monotonic() - started:.1f} s")
        started = time.monotonic()
        roll_up([this_month])
        db.session.commit()
        seconds = time.monotonic() - started
    with house.owner() as conn:
        conn.execute("VACUUM (ANALYZE) platform.indicator_rollup")
    report.add("overview", "a month of all villages added up", seconds, "s", at_most=20)


def _blocks(ids: list[uuid.UUID], known: list[Indicator]) -> Iterator[str]:
    """Rows in COPY's text format, a village's month at a time."""
    shapes = {one.code: len(one.edges) + 1 if one.rollup == "histogram" else 0 for one in known}
    codes = [*shapes, *(f"bench.figure_{n:02}" for n in range(INDICATORS - len(shapes)))]
    moment = now().isoformat()
    this_month = period_of(dt.datetime.now(dt.UTC)).first
    for back in range(MONTHS - 1, -1, -1):
        month = months_before(this_month, back)
        for number, tenant_id in enumerate(ids):
            lines = []
            for place, code in enumerate(codes):
                value = (number * 7 + place * 3 + back) % 20
                if code == "adoption.live":
                    value = 20 if number % MONTHS >= back else 0
                buckets = "[" + ",".join(["3"] * shapes[code]) + "]" if shapes.get(code) else "\\N"
                lines.append(
                    f"{month}\t{tenant_id}\t{code}\t{value / 20}\t{value}\t20\t{buckets}\t{moment}\n"
                )
            yield "".join(lines)
