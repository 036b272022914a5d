"""The figures of services (`letters.*`, `service.satisfaction`): one query a village, of what happened in a month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.core.indicators.declarations import Direction, Indicator, Period, Rollup, Unit, Value, ratio, spread
from app.extensions import db
from app.government.letters.models import Letter

HOUR_EDGES = (0.25, 0.5, 1, 2, 4, 8, 12, 24, 36, 48, 72, 96, 120, 168, 240, 336)
"""Hours from asking to the issued letter, up to two weeks."""
ASKED_ONLINE = ("online", "kiosk")


def _within(column: Any, period: Period) -> ColumnElement[bool]:
    return and_(column >= period.start, column < period.end)


def services(period: Period) -> Mapping[str, Value]:
    """All figures of a village's letters in a month.

    A letter counts as asked for in the month it was submitted in, as issued in the month it was issued in. Letters that
    only stand in the register (written on paper) took nobody's time and count as issued alone. A village without any
    letter says nothing.
    """
    asked = _within(Letter.submitted_at, period)
    issued = _within(Letter.issued_at, period)
    waited_for = and_(issued, Letter.submitted_at.is_not(None), Letter.origin != "paper")
    in_time = and_(waited_for, Letter.due_at.is_not(None), Letter.issued_at <= Letter.due_at)
    hours = func.extract("epoch", Letter.issued_at - Letter.submitted_at) / 3600.0
    rated = and_(issued, Letter.rating.is_not(None))

    def of(condition: ColumnElement[bool]) -> Any:
        return func.count().filter(condition)

    query = select(
        of(asked),
        of(and_(asked, Letter.origin.in_(ASKED_ONLINE))),
        of(issued),
        of(and_(waited_for, Letter.due_at.is_not(None))),
        of(in_time),
        of(and_(Letter.state == "rejected", _within(Letter.closed_at, period))),
        func.coalesce(func.sum(case((rated, Letter.rating))), 0),
        of(rated),
        func.array_agg(hours).filter(waited_for),
        select(Letter.id).exists(),
    ).where(or_(asked, issued, _within(Letter.closed_at, period)))
    requested, online, done, promised, kept, rejected, stars, ratings, waits, any_letter = db.session.execute(
        query
    ).one()
    if not any_letter:
        return {}
    found = {
        "letters.requested": Value(float(requested)),
        "letters.issued": Value(float(done)),
        "letters.rejected": Value(float(rejected)),
    }
    shares = {
        "letters.online_share": ratio(online, requested),
        "letters.within_promise_share": ratio(kept, promised),
        "letters.median_hours": spread([float(wait) for wait in waits or ()], HOUR_EDGES),
        "service.satisfaction": ratio(stars, ratings),
    }
    return found | {code: value for code, value in shares.items() if value is not None}


def _flow(
    code: str,
    label: str,
    label_en: str,
    unit: Unit = "count",
    rollup: Rollup = "sum",
    direction: Direction = "higher",
    edges: tuple[float, ...] = (),
    daily: bool = False,
) -> Indicator:
    definition, definition_en = DEFINITIONS[code]
    return Indicator(
        code, label, label_en, unit, "government", None,
        direction=direction, period="flow", rollup=rollup, group=services, edges=edges,
        definition=definition, definition_en=definition_en, daily=daily,
    )  # fmt: skip


DEFINITIONS = {
    "letters.requested": (
        "Permohonan surat yang diajukan dalam bulan itu, di loket, lewat ponsel, kios, atau API.",
        "Requests for letters handed in within the month: at the desk, by phone, kiosk or API.",
    ),
    "letters.issued": (
        "Surat yang terbit dalam bulan itu, termasuk surat di atas kertas yang dicatat dalam buku register.",
        "Letters issued within the month, including those on paper that stand in the register.",
    ),
    "letters.online_share": (
        "Dari permohonan dalam bulan itu, bagian yang diajukan warga sendiri lewat ponsel atau kios.",
        "Of the month's requests, the part that residents made themselves by phone or kiosk.",
    ),
    "letters.median_hours": (
        "Nilai tengah jam dari permohonan sampai surat terbit, untuk surat yang terbit dalam bulan itu.",
        "Median hours from the request to the issued letter, of letters issued within the month.",
    ),
    "letters.within_promise_share": (
        "Dari surat yang terbit dalam bulan itu dan berjanji waktu, bagian yang terbit sebelum janji itu lewat.",
        "Of the letters issued within the month that had a promise, the part issued before it was over.",
    ),
    "letters.rejected": (
        "Permohonan surat yang ditolak dengan alasan dalam bulan itu.",
        "Requests for letters refused with a reason within the month.",
    ),
    "service.satisfaction": (
        "Rata-rata penilaian warga (1 sampai 5) atas surat yang terbit dalam bulan itu.",
        "Mean of what residents gave (1 to 5) for letters issued within the month.",
    ),
}
"""What is counted, in Indonesian and English."""

INDICATORS = (
    _flow("letters.requested", "Permohonan surat", "Letters asked for", direction="neutral", daily=True),
    _flow("letters.issued", "Surat terbit", "Letters issued", daily=True),
    _flow(
        "letters.online_share", "Permohonan lewat ponsel atau kios", "Asked for by phone or kiosk", "percent", "ratio",
    ),
    _flow(
        "letters.median_hours", "Lama layanan surat (median)", "Time to issue a letter (median)", "hours", "histogram",
        "lower", HOUR_EDGES,
    ),
    _flow("letters.within_promise_share", "Surat tepat waktu", "Letters within the promise", "percent", "ratio"),
    _flow("letters.rejected", "Permohonan surat ditolak", "Letter requests rejected", direction="neutral"),
    _flow("service.satisfaction", "Kepuasan layanan (1–5)", "Satisfaction with services (1–5)", "count", "ratio"),
)  # fmt: skip
