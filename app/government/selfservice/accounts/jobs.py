"""Every night: accounts of people who died or left are closed, old sessions and codes that are over are removed.

And when a village is closed: all residents are signed out.
"""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from app.core.audit import record
from app.core.casework.steps import add_step
from app.core.privacy.rotation import village_ids
from app.extensions import db
from app.government.residents import codes
from app.government.residents.models import Resident
from app.government.selfservice.accounts.sign_in import CASE
from app.government.selfservice.accounts.staffing import empty
from app.government.selfservice.models import PortalAccount, PortalSession
from tenants import fan_out, jobs, schedule
from tenants.models import now

KEEP = "selfservice.keep"
KEEP_ALL = "selfservice.keep_all"
SIGN_OUT = "selfservice.sign_out"
AT_A_TIME = 200
SESSIONS_KEPT = dt.timedelta(days=30)


@jobs.job(KEEP, queue="bulk", timeout=300)
def keep() -> dict[str, int]:
    """Tidy the present village's accounts; says how many accounts were closed and sessions removed."""
    return {"closed": close_who_left(), "sessions": forget_sessions()}


@jobs.job(KEEP_ALL, queue="bulk", place="platform")
def keep_all() -> None:
    """Ask for it in every village that has a schema."""
    fan_out.fan_out(KEEP, _("Akun layanan mandiri"), village_ids())
    db.session.commit()


@jobs.job(SIGN_OUT, queue="high", timeout=120)
def sign_out(before: str) -> None:
    """End the sessions of all residents that began before a moment (ISO 8601), when the present village was closed."""
    mine = PortalSession.ended_at.is_(None), PortalSession.created_at < dt.datetime.fromisoformat(before)
    db.session.execute(update(PortalSession).where(*mine).values(ended_at=now()))
    db.session.commit()


def close_who_left() -> int:
    """Close the accounts of residents who died, moved or left; some at a time, each batch in its own transaction."""
    query = (
        select(PortalAccount, Resident.name)
        .join(Resident, Resident.id == PortalAccount.resident_id)
        .where(PortalAccount.state != "closed", Resident.vital_status != codes.ALIVE)
        .order_by(PortalAccount.id)
        .limit(AT_A_TIME)
        .with_for_update(of=PortalAccount)
    )
    count = 0
    while rows := db.session.execute(query).all():
        for account, name in rows:
            empty(account)
            account.pin_hash, account.updated_at = None, now()
            add_step(CASE, account.id, "left", by_kind="system", by_name="")
            record("portal.left", object_type="resident", object_id=account.resident_id, summary=name)
        count += len(rows)
        db.session.commit()
    return count


def forget_sessions() -> int:
    """Remove sessions that ended a month ago, and codes that are over; returns how many sessions."""
    moment = now()
    before = moment - SESSIONS_KEPT
    over = (PortalSession.ended_at < before) | (PortalSession.expires_at < before)
    gone = db.session.execute(delete(PortalSession).where(over).returning(PortalSession.id)).all()
    db.session.execute(
        update(PortalAccount)
        .where(PortalAccount.code_expires_at < moment)
        .values(code_hash=None, code_expires_at=None)
    )
    db.session.commit()
    return len(gone)


schedule.every("40 18 * * *", KEEP_ALL)
