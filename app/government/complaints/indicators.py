"""The figures of complaints (`complaints.*`): one query a village. The province sees counts, never a complaint."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import and_, func, or_, select

from app.core.indicators.declarations import Indicator, Period, Value, ratio, spread
from app.extensions import db
from app.government.complaints.models import Complaint

DAY_EDGES = (0.25, 0.5, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90)
"""Days from receiving to answering, up to three months."""
RESOLVED = ("answered", "closed")


def complaints(period: Period) -> Mapping[str, Value]:
    """All figures of a village's complaints in a month: those received in it, and how long those answered in it took.

    A village without any complaint says nothing.
    """
    received = and_(Complaint.received_at >= period.start, Complaint.received_at < period.end)
    answered = and_(Complaint.answered_at >= period.start, Complaint.answered_at < period.end)
    days = func.extract("epoch", Complaint.answered_at - Complaint.received_at) / 86400.0
    query = select(
        func.count().filter(received),
        func.count().filter(and_(received, Complaint.state.in_(RESOLVED))),
        func.count().filter(and_(received, Complaint.state != "rejected")),
        func.array_agg(days).filter(answered),
        select(Complaint.id).exists(),
    ).where(or_(received, answered))
    count, resolved, to_resolve, waits, any_complaint = db.session.execute(query).one()
    if not any_complaint:
        return {}
    found = {"complaints.received": Value(float(count))}
    others = {
        "complaints.resolved_share": ratio(resolved, to_resolve),
        "complaints.median_days": spread([float(wait) for wait in waits or ()], DAY_EDGES),
    }
    return found | {code: value for code, value in others.items() if value is not None}


INDICATORS = (
    Indicator(
        "complaints.received", "Pengaduan masuk", "Complaints received", "count", "government", None,
        direction="neutral", period="flow", group=complaints, daily=True,
        definition="Pengaduan warga yang masuk dalam bulan itu, termasuk yang kemudian ditolak.",
        definition_en="Residents' complaints received within the month, including those refused later.",
    ),
    Indicator(
        "complaints.resolved_share", "Pengaduan terjawab", "Complaints resolved", "percent", "government", None,
        period="flow", rollup="ratio", group=complaints,
        definition="Dari pengaduan yang masuk dalam bulan itu dan tidak ditolak, bagian yang sudah dijawab.",
        definition_en="Of the complaints received within the month and not refused, the part that was answered.",
    ),
    Indicator(
        "complaints.median_days", "Lama menjawab pengaduan (median)", "Time to answer a complaint (median)", "days",
        "government", None, direction="lower", period="flow", rollup="histogram", group=complaints, edges=DAY_EDGES,
        definition="Nilai tengah hari dari masuk sampai dijawab, untuk pengaduan yang dijawab dalam bulan itu.",
        definition_en="Median days from receiving to answering, of complaints answered within the month.",
    ),
)  # fmt: skip
