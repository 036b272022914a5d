"""Taking a village that does not use Siger any more out of the month that runs; what it told before stays."""

from __future__ import annotations

import uuid

from sqlalchemy import delete

from app.core.indicators.daily import day_of
from app.core.indicators.declarations import Period
from app.core.indicators.failures import note_failures
from app.core.indicators.models import IndicatorDaily, IndicatorValue
from app.core.indicators.tallies import TALLIED
from app.core.indicators.writing import mark_due
from app.extensions import db


def leave_month(tenant_id: uuid.UUID, period: Period) -> None:
    """Take away what a village told of a month, whoever wrote it, and how it stood today; uncommitted.

    Its kecamatan is marked to be added up again, and what could not be counted there is forgotten.
    """
    mine = (IndicatorValue.period == period.first, IndicatorValue.tenant_id == tenant_id)
    db.session.execute(delete(IndicatorValue).where(*mine))
    today = (IndicatorDaily.day == day_of(period.moment), IndicatorDaily.tenant_id == tenant_id)
    db.session.execute(delete(IndicatorDaily).where(*today, IndicatorDaily.code.not_in(TALLIED)))
    note_failures(tenant_id, {}, period.moment)
    mark_due([tenant_id], [period.first])
