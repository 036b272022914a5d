"""What is swept away at night: sessions and links that ended long ago."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, or_

from app.core.accounts.models import SignInSession
from app.core.accounts.single_use import sweep
from app.extensions import db
from tenants.jobs import job
from tenants.models import now
from tenants.schedule import every

KEPT = dt.timedelta(days=30)


@job("accounts.sweep", timeout=300, place="platform")
def sweep_accounts() -> None:
    """Delete sessions that ended and links that expired more than 30 days ago (platform)."""
    before = now() - KEPT
    db.session.execute(
        delete(SignInSession)
        .where(or_(SignInSession.ended_at < before, SignInSession.expires_at < before))
        .execution_options(synchronize_session=False)
    )
    sweep(KEPT)
    db.session.commit()


every("40 18 * * *", "accounts.sweep")
