"""Every night: passphrases that nobody took are emptied, old runs and files of letters that never came are removed."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.privacy.rotation import village_ids
from app.core.signing.runs import forget_old_runs
from app.extensions import db
from app.government.letters.desk.issuing import remove_stray
from app.government.letters.models import Letter
from app.government.letters.signing.services import free_late_runs
from tenants import fan_out, jobs, schedule
from tenants.models import now

TIDY = "letters.tidy"
TIDY_ALL = "letters.tidy_all"
STRAYS_SOUGHT = dt.timedelta(days=3)
"""How long after a letter was rejected or cancelled a file is sought that a failed issue left: some nights."""


@jobs.job(TIDY, queue="bulk", timeout=300)
def tidy() -> dict[str, int]:
    """Tidy the present village's signing; says how many runs were freed and removed, and letters looked at."""
    return {"freed": free_late_runs(), "runs": forget_old_runs(), "letters": remove_strays()}


@jobs.job(TIDY_ALL, queue="bulk", place="platform")
def tidy_all() -> None:
    """Ask for it in every village that has a schema."""
    fan_out.fan_out(TIDY, _("Penandatanganan surat yang sudah lewat"), village_ids())
    db.session.commit()


def remove_strays() -> int:
    """Remove what a failed issue may have left of letters that will never be issued.

    Returns how many letters were looked at.
    """
    ids = db.session.scalars(
        select(Letter.id).where(
            Letter.state.in_(("rejected", "cancelled")),
            Letter.sha256.is_(None),
            Letter.closed_at > now() - STRAYS_SOUGHT,
        )
    ).all()
    db.session.rollback()
    for letter_id in ids:
        remove_stray(letter_id)
    return len(ids)


schedule.every("50 18 * * *", TIDY_ALL)
