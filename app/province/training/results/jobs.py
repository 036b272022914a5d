"""When training's figures are written: before a month is added up, every hour of the newest months, every night of all.

What the door, the tests and certificates write marks nothing to be added up, so the jobs look for what changed.
"""

from __future__ import annotations

import datetime as dt

from app.core.indicators.declarations import months_before, period_of
from app.core.indicators.rollup import before_rolling
from app.core.indicators.writing import mark_due
from app.extensions import db
from app.province.training.results.rollup import first_month, write_month, write_training
from tenants import jobs, schedule
from tenants.models import now

FIGURES = "training.figures"
ALL_FIGURES = "training.all_figures"
LAST_MONTHS = 24
"""Papers of older trainings that are typed in later change no figure any more."""

before_rolling(write_training, first=True)


@jobs.job(FIGURES, queue="bulk", timeout=300, place="platform")
def write_newest() -> None:
    """Write training's figures of this month and the one before, and have added up what changed."""
    write_months(2)


@jobs.job(ALL_FIGURES, queue="bulk", timeout=1800, place="platform")
def write_all() -> None:
    """The same for all months since the first training, two years at most."""
    write_months(LAST_MONTHS)


def write_months(count: int) -> int:
    """Write so many months, the newest first, and return how many villages' figures changed. Commits month by month."""
    changed = 0
    beginning, present = first_month(), period_of(now()).first
    for ago in range(count):
        month: dt.date = months_before(present, ago)
        if beginning is None or month < beginning:
            break
        villages = write_month(month)
        if villages:
            mark_due(villages, [month])
        changed += len(villages)
        db.session.commit()
    return changed


schedule.every("25 * * * *", FIGURES)
schedule.every("5 18 * * *", ALL_FIGURES)
