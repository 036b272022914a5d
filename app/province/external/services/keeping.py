"""How long deliveries are kept. Their figures stay."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete

from app.extensions import db
from app.province.external.models import ExternalDelivery

KEPT_DAYS = 400
"""A program that sends the same delivery again after more than a year writes it anew."""


def forget_old_deliveries(moment: dt.datetime) -> int:
    """Delete deliveries that came more than 400 days before `moment`, and return how many; commits."""
    old = ExternalDelivery.received_at < moment - dt.timedelta(days=KEPT_DAYS)
    gone = db.session.execute(
        delete(ExternalDelivery).where(old).returning(ExternalDelivery.id)
        .execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    db.session.commit()
    return len(gone)
