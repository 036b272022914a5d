"""What happens too often for a write each time: counted in this process, gathered in Redis, kept by day.

A visit of a public page adds one to a number in memory; every few seconds a process adds its numbers to a hash of the
day in Redis, and a job writes the day's totals into `indicator_daily`. A total never falls: Redis starting empty costs
what was counted since the last writing, and nothing is counted twice. Nothing about the visitor is kept.
"""

from __future__ import annotations

import atexit
import datetime as dt
import re
import threading
import time
import uuid
from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.indicators.daily import day_of
from app.core.indicators.declarations import Indicator, Period, Value
from app.core.indicators.models import IndicatorDaily
from app.extensions import cache, db
from tenants.keys import platform_key
from tenants.models import TenantRow, now

PUBLIC_VISITS = "adoption.public_visits_30d"
OFFLINE_SYNCS = "adoption.offline_syncs"
TALLIED = (PUBLIC_VISITS, OFFLINE_SYNCS)
VISIT_DAYS = 30
FLUSH_SECONDS = 5.0
KEPT_SECONDS = 3 * 86400
ROWS_AT_ONCE = 2000
ROBOTS = re.compile(r"bot|crawl|spider|slurp|preview|monitor|uptime|curl|wget|python|go-http|headless", re.I)

_pending: Counter[tuple[dt.date, str, uuid.UUID]] = Counter()
_lock = threading.Lock()
_flushed_at = time.monotonic()


def count_visit(tenant_id: uuid.UUID, user_agent: str) -> None:
    """Count a look at one of a village's public pages, unless a program looks."""
    if user_agent and not ROBOTS.search(user_agent):
        count(PUBLIC_VISITS, tenant_id)


def count(code: str, tenant_id: uuid.UUID) -> None:
    """Count one of something for a village, today. Costs no round trip but every few seconds."""
    with _lock:
        _pending[day_of(now()), code, tenant_id] += 1
        is_due = time.monotonic() - _flushed_at >= FLUSH_SECONDS
    if is_due:
        flush()


def flush() -> None:
    """Add what this process counted to the totals in Redis; kept for the next time while Redis is away."""
    global _flushed_at
    with _lock:
        _flushed_at = time.monotonic()
        taken = dict(_pending)
        _pending.clear()
    if not taken:
        return

    def add(client: Any) -> bool:
        with client.pipeline(transaction=True) as pipe:
            for (day, code, tenant_id), times in taken.items():
                pipe.hincrby(_key(day, code), str(tenant_id), times)
                pipe.expire(_key(day, code), KEPT_SECONDS)
            pipe.execute()
        return True

    if not cache.try_ask(add, False):
        with _lock:
            _pending.update(taken)


atexit.register(flush)


def keep_totals() -> int:
    """Write the totals of yesterday and today into `indicator_daily` (uncommitted); return how many there were."""
    flush()
    today = day_of(now())
    rows: list[dict[str, Any]] = []
    for day in (today - dt.timedelta(days=1), today):
        for code in TALLIED:
            totals: dict[bytes, bytes] = cache.ask(lambda client, key=_key(day, code): client.hgetall(key))  # type: ignore[misc]
            rows += [
                {
                    "day": day,
                    "tenant_id": uuid.UUID(ident.decode()),
                    "code": code,
                    "value": float(total),
                    "as_of": now(),
                }
                for ident, total in totals.items()
            ]
    rows.sort(key=lambda row: (row["day"], row["tenant_id"], row["code"]))
    if rows:
        known = set(db.session.scalars(select(TenantRow.id)))
        rows = [row for row in rows if row["tenant_id"] in known]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        new = upsert(IndicatorDaily).values(rows[start : start + ROWS_AT_ONCE])
        keys = [IndicatorDaily.day, IndicatorDaily.tenant_id, IndicatorDaily.code]
        grown = {
            "value": func.greatest(IndicatorDaily.value, new.excluded.value),
            "as_of": new.excluded.as_of,
        }
        db.session.execute(new.on_conflict_do_update(index_elements=keys, set_=grown))
    return len(rows)


def tallied_values(tenant_id: uuid.UUID, period: Period) -> dict[str, Value]:
    """What was tallied for a village: visits of the last 30 days, sends of the month (one select, platform scope)."""
    today = day_of(period.moment)
    days = {
        PUBLIC_VISITS: (today - dt.timedelta(days=VISIT_DAYS - 1), today),
        OFFLINE_SYNCS: (period.first, day_of(period.end) - dt.timedelta(days=1)),
    }
    sums = [
        func.coalesce(
            func.sum(IndicatorDaily.value).filter(
                IndicatorDaily.code == code, IndicatorDaily.day.between(first, last)
            ),
            0.0,
        )
        for code, (first, last) in days.items()
    ]
    found = db.session.execute(
        select(*sums).where(
            IndicatorDaily.tenant_id == tenant_id,
            IndicatorDaily.code.in_(TALLIED),
            IndicatorDaily.day >= min(first for first, _ in days.values()),
        )
    ).one()
    return {code: Value(float(total)) for code, total in zip(days, found, strict=True)}


def _key(day: dt.date, code: str) -> str:
    return platform_key("tally", day.isoformat(), code)


INDICATORS = (
    Indicator(
        PUBLIC_VISITS, "Kunjungan halaman publik 30 hari", "Visits of public pages in 30 days", "count", "adoption",
        None,
        definition="Berapa kali halaman publik desa dibuka dalam 30 hari terakhir, tanpa mesin pencari dan program "
        "lain; menurut hari: yang dibuka pada hari itu. Tidak ada data pengunjung yang disimpan.",
        definition_en="How often the village's public pages were opened in the last 30 days, without search engines "
        "and other programs; by day: those opened on that day. Nothing about visitors is kept.",
        daily=True,
    ),
    Indicator(
        OFFLINE_SYNCS, "Permohonan yang dikirim setelah luring", "Requests sent after being offline", "count",
        "adoption", None, direction="neutral", period="flow",
        definition="Permohonan warga yang disimpan ponsel saat tidak ada sambungan, lalu terkirim dalam bulan itu.",
        definition_en="Residents' requests that a phone kept without a connection and that arrived within the month.",
        daily=True,
    ),
)  # fmt: skip
