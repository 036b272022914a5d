"""What is due when: the outbox at once (twice a second without Redis), declared jobs by the clock.

RQ's own cron scheduler writes jobs with pickle and straight into Redis; ours go through the outbox as everything else
does, so a time that falls into an hour without Redis is not lost. The clock is read with croniter, as RQ does it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from croniter import croniter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tenants import jobs, outbox
from tenants.cache import cache
from tenants.database import db
from tenants.keys import platform_key
from tenants.models import now
from tenants.scope import platform_scope

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_KEY = platform_key("scheduler", "heartbeat")


@dataclass(slots=True)
class Due:
    """A job that is asked for by the clock (cron words, in UTC)."""

    name: str
    cron: str
    next_at: dt.datetime


_schedule: dict[str, str] = {}


def every(cron: str, name: str) -> None:
    """Ask for the job `name` at the times of `cron` (minute hour day month weekday, UTC)."""
    croniter(cron)
    _schedule[name] = cron


def run_forever(should_stop: Callable[[], bool]) -> None:
    """Deliver and schedule until told to stop. A lost database is waited for, not died of."""
    moment = now()
    due = [Due(name, cron, croniter(cron, moment).get_next(dt.datetime)) for name, cron in _schedule.items()]
    while not should_stop():
        try:
            if tick(due) == 0:
                outbox.wait_for_word(POLL_SECONDS)
        except SQLAlchemyError as error:
            log.warning("scheduler_waits", error=str(error).splitlines()[0])
            time.sleep(2)
        except Exception as error:
            log.error("scheduler_error", error=str(error))
            time.sleep(2)


def tick(due: list[Due]) -> int:
    """One beat: deliver what waits, ask for what is due. Returns how many messages were delivered."""
    moment = now()
    for item in due:
        if item.next_at <= moment:
            slot = item.next_at
            item.next_at = croniter(item.cron, moment).get_next(dt.datetime)
            ask_once(item.name, slot)
    cache.try_ask(lambda r: r.set(HEARTBEAT_KEY, moment.isoformat(), ex=60), None)
    return outbox.deliver()


def ask_once(name: str, slot: dt.datetime) -> None:
    """Ask for a scheduled job once, however many schedulers run."""
    key = platform_key("schedule", name, slot.isoformat())
    if not cache.try_ask(lambda r: bool(r.set(key, "1", nx=True, ex=3600)), True):
        return
    with platform_scope():
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
        jobs.enqueue(name)
        db.session.commit()
