"""What is due when: the outbox at once (twice a second without Redis), declared jobs by the clock.

RQ's own cron scheduler writes jobs with pickle and straight into Redis; ours go through the outbox as everything else
does. The time that was last asked for is a row that changes in the same transaction, so a time that falls into a pause
of the scheduler or an hour without Redis is caught up once. The clock is read with croniter, as RQ does it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from croniter import croniter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from tenants import jobs, outbox
from tenants.cache import cache
from tenants.database import db
from tenants.keys import platform_key
from tenants.models import ScheduleSlot, now
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
    due: list[Due] = []
    while not should_stop():
        try:
            due = due or upcoming()
            if tick(due) == 0:
                outbox.wait_for_word(POLL_SECONDS)
        except SQLAlchemyError as error:
            log.warning("scheduler_waits", error=str(error).splitlines()[0])
            time.sleep(2)
        except Exception as error:
            log.error("scheduler_error", error=str(error))
            time.sleep(2)


def upcoming() -> list[Due]:
    """When each scheduled job is due: at once if its last time passed while no scheduler ran, else at the next one."""
    moment = now()
    with platform_scope():
        asked = {row.name: row.last_slot for row in db.session.scalars(select(ScheduleSlot))}
    due = []
    for name, cron in _schedule.items():
        before = croniter(cron, moment).get_prev(dt.datetime)
        missed = name in asked and asked[name] < before
        due.append(Due(name, cron, before if missed else croniter(cron, moment).get_next(dt.datetime)))
    return due


def tick(due: list[Due]) -> int:
    """One beat: deliver what waits, ask for what is due. Returns how many messages were delivered."""
    moment = now()
    for item in due:
        if item.next_at <= moment:
            ask_once(item.name, item.next_at)
            item.next_at = croniter(item.cron, moment).get_next(dt.datetime)
    cache.try_ask(lambda r: r.set(HEARTBEAT_KEY, moment.isoformat(), ex=60), None)
    return outbox.deliver()


def ask_once(name: str, slot: dt.datetime) -> bool:
    """Ask for a scheduled job and note its time, in one transaction; False when another scheduler did so before."""
    with platform_scope():
        statement = insert(ScheduleSlot).values(name=name, last_slot=slot)
        first = db.session.scalar(
            statement.on_conflict_do_update(
                index_elements=[ScheduleSlot.name],
                set_={"last_slot": slot},
                where=ScheduleSlot.last_slot < slot,
            ).returning(ScheduleSlot.name)
        )
        if first is not None:
            jobs.enqueue(name)
        db.session.commit()
    return first is not None
