"""Villages' figures for tests of what the province sees: told as a village would, added up as the job would."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, not_, or_, select, update

from app.core.hosting import SigerFlask
from app.core.indicators.declarations import Value, months_before, period_of
from app.core.indicators.models import IndicatorValue
from app.core.indicators.rollup import roll_up
from app.core.indicators.services import write_values
from app.extensions import db
from tenants.models import TenantRow, now
from tenants.scope import platform_scope


def month(ago: int = 0) -> dt.date:
    """The first day of this month, or of one so many months ago."""
    return months_before(period_of(now()).first, ago)


def village_id(app: SigerFlask, code: str) -> uuid.UUID:
    """The registry's id of a village by its Kemendagri code."""
    with app.app_context(), platform_scope():
        return db.session.scalars(select(TenantRow.id).where(TenantRow.code == code)).one()


def tell(
    app: SigerFlask, code: str, values: Mapping[str, Value | float], *, ago: int = 0, source: str = "siger"
) -> None:
    """Let a village (by its code) tell figures of a month so many months ago. Commits; not added up yet."""
    ident, first = village_id(app, code), month(ago)
    moment = now() if not ago else dt.datetime.combine(first, dt.time(12), dt.UTC) + dt.timedelta(days=20)
    told = {name: one if isinstance(one, Value) else Value(float(one)) for name, one in values.items()}
    with app.app_context(), platform_scope():
        write_values(ident, period_of(moment), told)
        db.session.execute(
            update(IndicatorValue)
            .where(
                IndicatorValue.tenant_id == ident,
                IndicatorValue.period == first,
                IndicatorValue.code.in_(list(told)),
            )
            .values(source=source)
        )
        db.session.commit()


def forget_elsewhere(app: SigerFlask, code: str, places: Sequence[str]) -> None:
    """Let no village but these (by the beginnings of their codes) tell an indicator: what other tests told may hide
    neighbours of small counts anywhere in the province. Commits; not added up yet."""
    kept = or_(*(TenantRow.code.startswith(place) for place in places))
    with app.app_context(), platform_scope():
        others = select(TenantRow.id).where(not_(kept))
        db.session.execute(
            delete(IndicatorValue).where(IndicatorValue.code == code, IndicatorValue.tenant_id.in_(others))
        )
        db.session.commit()


def add_up(app: SigerFlask, agos: Sequence[int] = (0,)) -> None:
    """Add up months, as the job does."""
    with app.app_context(), platform_scope():
        roll_up([month(ago) for ago in agos])
        db.session.commit()
