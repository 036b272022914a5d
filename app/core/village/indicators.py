"""Figures about a village's office: how many officials are in office, how far the set-up is."""

from __future__ import annotations

from sqlalchemy import exists, func, or_, select

from app.core.indicators.declarations import ZONE, Indicator, Period, Value, ratio
from app.core.village.models import Official, SubArea, VillageProfile
from app.extensions import db


def _staff_count(period: Period) -> Value:
    today = period.moment.astimezone(ZONE).date()
    query = select(func.count()).where(
        or_(Official.period_from.is_(None), Official.period_from <= today),
        or_(Official.period_until.is_(None), Official.period_until >= today),
    )
    return Value(float(db.session.scalar(query) or 0))


def _setup_progress(period: Period) -> Value | None:
    profile = select(
        VillageProfile.address != "",
        or_(VillageProfile.phone != "", VillageProfile.whatsapp != ""),
        VillageProfile.logo_file_id.is_not(None),
        exists().where(Official.position == "head"),
        exists().where(SubArea.kind == "sub_area"),
    )
    steps = db.session.execute(profile).one_or_none()
    return ratio(sum(map(bool, steps)), len(steps)) if steps else None


INDICATORS = (
    Indicator(
        "staff.count", "Perangkat yang menjabat", "Officials in office", "people", "government", _staff_count
    ),
    Indicator(
        "adoption.setup_progress",
        "Langkah penyiapan yang selesai",
        "Set-up steps done",
        "percent",
        "adoption",
        _setup_progress,
        rollup="ratio",
    ),
)
