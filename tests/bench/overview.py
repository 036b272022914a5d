"""The province's overview over 2,651 villages, 60 indicators and 24 months, as a signed-in officer sees it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator

from app.core.indicators.declarations import months_before, period_of
from tenants.models import now
from tests.bench import load
from tests.bench.house import BASE_HOST, House, Village
from tests.bench.report import Report, percentile
from tests.support.queries import count_queries

INDICATORS = 60
MONTHS = 24
REQUESTS = 300
KNOWN = ("adoption.live", "adoption.staff_active_7d", "adoption.setup_progress", "staff.count")
COPY = (
    "COPY platform.indicator_value (period, tenant_id, code, value, numerator, denominator, as_of) FROM STDIN"
)
STATES = (
    "active",
    "active",
    "active",
    "set_up",
    "established",
    "provisioned",
    "active",
    "dormant",
    "active",
    "set_up",
)


def overview(house: House, report: Report) -> None:
    """The overview with 2,651 villages × 60 indicators × 24 months: p95 ≤ 60 ms, ≤ 8 queries."""
    villages = house.ensure_villages()
    rows, seconds = fill(house, villages)
    report.say(f"{rows:,} figures in the table" + (f", copied in {seconds:.1f} s" if seconds else ""))
    cookie = house.sign_in_officer()
    requests = [load.request_bytes(BASE_HOST, "/", cookie)] * REQUESTS
    with house.web() as web:
        warm_up = load.run(web.port, requests[:20], 2)
        outcome = load.run(web.port, requests, 2)
        alone = load.run(web.port, requests, 1)
    for each in (warm_up, outcome, alone):
        if set(each.statuses) != {200}:
            raise RuntimeError(f"answers were not all 200: {dict(each.statuses)}")
    p95, p50 = (percentile(alone.seconds, share) * 1000 for share in (0.95, 0.5))
    note = f"p50 {p50:.1f} ms; seen by the client, one at a time"
    report.add("overview", "p95", p95, "ms", at_most=60, note=note)
    p95, p50 = (percentile(outcome.seconds, share) * 1000 for share in (0.95, 0.5))
    note = f"p50 {p50:.1f} ms, {outcome.rate:.0f} req/s"
    report.add("overview", "p95, two in flight", p95, "ms", note=note)
    report.add("overview", "queries", _queries(house, cookie), "", at_most=8, note="set_config counted")


def fill(house: House, villages: list[Village]) -> tuple[int, float]:
    """Write the figures by COPY, once, and give villages a state; return rows in all and the seconds it took."""
    with house.owner() as conn:
        row = conn.execute("SELECT count(*) FROM platform.indicator_value").fetchone()
        if row is not None and row[0] >= len(villages) * INDICATORS * MONTHS:
            return row[0], 0.0
        started = time.monotonic()
        conn.execute("TRUNCATE platform.indicator_value")
        with conn.transaction(), conn.cursor() as cursor:
            for number, village in enumerate(villages):
                state = STATES[number % len(STATES)]
                cursor.execute("UPDATE platform.tenant SET state = %s WHERE id = %s", (state, village.id))
        with conn.transaction(), conn.cursor() as cursor, cursor.copy(COPY) as copy:
            for block in _blocks([village.id for village in villages]):
                copy.write(block)
        conn.execute("VACUUM (ANALYZE) platform.indicator_value")
        conn.execute("VACUUM (ANALYZE) platform.tenant")
        from tenants.registry import hosts_changed

        house.application  # noqa: B018 - tells the cache where Redis is
        hosts_changed()
        return len(villages) * INDICATORS * MONTHS, time.monotonic() - started


def _blocks(ids: list[uuid.UUID]) -> Iterator[str]:
    """Rows in COPY's text format, a village's month at a time."""
    codes = [*KNOWN, *(f"bench.figure_{n:02}" for n in range(INDICATORS - len(KNOWN)))]
    moment = now().isoformat()
    this_month = period_of(dt.datetime.now(dt.UTC)).first
    for back in range(MONTHS - 1, -1, -1):
        month = months_before(this_month, back)
        for number, tenant_id in enumerate(ids):
            live = 1 if number % MONTHS >= back else 0
            lines = [f"{month}\t{tenant_id}\t{KNOWN[0]}\t{live}\t\\N\t\\N\t{moment}\n"]
            for place, code in enumerate(codes[1:], start=1):
                value = (number * 7 + place * 3 + back) % 20
                lines.append(f"{month}\t{tenant_id}\t{code}\t{value / 20}\t{value}\t20\t{moment}\n")
            yield "".join(lines)


def _queries(house: House, cookie: dict[str, str]) -> int:
    """Statements that the page sends for a session that Redis knows, as in the middle of somebody's work."""
    from app.extensions import db

    client = house.application.test_client(use_cookies=False)
    client.get("/", base_url=f"https://{BASE_HOST}", headers=cookie)
    with house.application.app_context():
        engine = db.engine
    with count_queries(engine, at_most=1000) as seen:
        answer = client.get("/", base_url=f"https://{BASE_HOST}", headers=cookie)
    if answer.status_code != 200:
        raise RuntimeError(f"the overview answered {answer.status_code}")
    return len(seen)
