"""How many applications wait for an office, beside the menu's entry.

An application waits for the office that is set to decide on it, or for the next above where nobody decides there; one
that is late counts at the offices above as well. Counting is two selects for all offices, kept in Redis: done when
something is decided, when the board is opened, and every two minutes. Other pages ask Redis alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import partial

import redis
from sqlalchemy import case, func, select

from app.core.actors import current_actor
from app.extensions import cache, db
from app.province.onboarding.applications.models import Application, ApprovalRule
from app.province.onboarding.applications.offices import deciders_at, staffed_level
from app.province.onboarding.board.waiting_time import late_before
from app.province.regions import DISTRICT, PROVINCE, REGENCY
from tenants import jobs, outbox, schedule
from tenants.keys import platform_key
from tenants.models import TenantRow

CHANGED = "onboarding_waiting"
JOB = "onboarding.count_waiting"
SECONDS = int(dt.timedelta(days=1).total_seconds())


def badge() -> int:
    """The number beside the menu's entry for the one who acts; asks Redis alone."""
    actor = current_actor()
    if actor is None or not actor.region_code or not actor.may("onboarding.decide"):
        return 0
    known = cache.try_ask(partial(_read, actor.region_code), None)
    return int(known) if isinstance(known, bytes) and known.isdigit() else 0


def changed() -> None:
    """Say in the open transaction that the numbers change with it."""
    outbox.post(CHANGED, {})


def recount() -> None:
    """Count for all offices and keep the numbers (two selects, inside a platform scope)."""
    cache.try_ask(partial(_keep, counts()), None)


def counts() -> dict[str, int]:
    """How many applications wait, by the region of the office (two selects)."""
    late = func.count(case((Application.state_since < late_before(), 1)))
    query = (
        select(TenantRow.regency_code, TenantRow.district_code, ApprovalRule.level, func.count(), late)
        .join(TenantRow, TenantRow.id == Application.tenant_id)
        .outerjoin(ApprovalRule, ApprovalRule.region_code == TenantRow.regency_code)
        .where(Application.state == "submitted")
        .group_by(TenantRow.regency_code, TenantRow.district_code, ApprovalRule.level)
    )
    found: Counter[str] = Counter()
    rows = [
        (
            {PROVINCE: regency.partition(".")[0], REGENCY: regency, DISTRICT: district},
            level,
            count,
            late_count,
        )
        for regency, district, level, count, late_count in db.session.execute(query)
    ]
    staffed = deciders_at({code for offices, *_numbers in rows for code in offices.values()})
    for offices, level, count, late_count in rows:
        own = staffed_level(offices, level or REGENCY, staffed)
        for office_level, code in offices.items():
            if office_level <= own:
                found[code] += count if office_level == own else late_count
    return {code: count for code, count in found.items() if count}


@jobs.job(JOB, place="platform")
def count_waiting() -> None:
    """Count what waits, for the menu."""
    recount()


@outbox.handles(CHANGED)
def _count_again(entry: outbox.Entry) -> None:
    recount()


def _read(code: str, client: redis.Redis) -> object:
    return client.hget(_KEY, code)


def _keep(numbers: dict[str, int], client: redis.Redis) -> None:
    with client.pipeline() as pipe:
        pipe.delete(_KEY)
        if numbers:
            pipe.hset(_KEY, mapping={code: str(count) for code, count in numbers.items()})
            pipe.expire(_KEY, SECONDS)
        pipe.execute()


_KEY = platform_key("onboarding", "waiting")

schedule.every("*/2 * * * *", JOB)
