"""By the clock: rules at night, late cases every hour, mentors who left."""

from __future__ import annotations

from app.core.accounts import officers
from app.extensions import db
from app.province.mentoring.cases import rules, staffing, telling
from tenants import jobs, schedule

LOOK = "mentoring.look"
RAISE = "mentoring.raise_late"
RELEASE = "mentoring.release_ended"


@jobs.job(LOOK, queue="bulk", place="platform")
def look() -> None:
    """Hand over what mentors left, open what rules ask for, end what is over, close what is quiet."""
    release()
    rules.look()
    rules.close_quiet()


@jobs.job(RAISE, queue="default", place="platform")
def raise_late() -> None:
    """Raise cases that nobody answered or solved in time."""
    rules.raise_late()


@jobs.job(RELEASE, queue="default", place="platform")
def release() -> None:
    """Hand over what mentors hold whose account or role ended by a way that did not say so."""
    staffing.release_ended()
    db.session.commit()


schedule.every("30 20 * * *", LOOK)
schedule.every("15 * * * *", RAISE)
schedule.every("45 * * * *", RELEASE)
telling.declare_events()
officers.on_leaving(staffing.released_on_leaving)
