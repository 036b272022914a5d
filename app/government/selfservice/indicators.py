"""The figures of residents' accounts (`portal.*`): one query a village."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import and_, func, select

from app.core.indicators.declarations import Indicator, Period, Value
from app.extensions import db
from app.government.selfservice.models import PortalAccount

ACTIVE = dt.timedelta(days=30)


def accounts(period: Period) -> Mapping[str, Value]:
    """How many residents have an account that works, and how many of them signed in within thirty days.

    A village that gave no account yet says nothing.
    """
    working = PortalAccount.state.in_(("active", "locked"))
    recent = and_(working, PortalAccount.last_sign_in_at >= period.moment - ACTIVE)
    whole, active, known = db.session.execute(
        select(func.count().filter(working), func.count().filter(recent), func.count())
    ).one()
    if not known:
        return {}
    return {"portal.accounts": Value(float(whole)), "portal.active_30d": Value(float(active))}


INDICATORS = (
    Indicator(
        "portal.accounts", "Warga berakun layanan mandiri", "Residents with an account", "people", "people", None,
        group=accounts,
        definition="Warga yang memegang akun layanan mandiri yang berlaku (aktif atau terkunci sementara).",
        definition_en="Residents who hold a self-service account that is valid (active or locked for a while).",
    ),
    Indicator(
        "portal.active_30d", "Akun warga aktif 30 hari", "Residents' accounts active in 30 days", "people", "people",
        None, group=accounts, daily=True,
        definition="Akun warga yang dipakai masuk dalam 30 hari terakhir.",
        definition_en="Residents' accounts that were signed in to in the last 30 days.",
    ),
)  # fmt: skip
