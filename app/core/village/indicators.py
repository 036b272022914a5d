"""Figures about a village's office: how many officials are in office, how far the set-up is."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from app.core.indicators.declarations import ZONE, Indicator, Period, Value, ratio
from app.core.village.models import Official
from app.core.village.setup import setup_progress
from app.extensions import db


def _staff_count(period: Period) -> Value:
    today = period.moment.astimezone(ZONE).date()
    query = select(func.count()).where(
        or_(Official.period_from.is_(None), Official.period_from <= today),
        or_(Official.period_until.is_(None), Official.period_until >= today),
    )
    return Value(float(db.session.scalar(query) or 0))


def _setup_progress(period: Period) -> Value | None:
    return ratio(*setup_progress())


INDICATORS = (
    Indicator(
        "staff.count", "Perangkat yang menjabat", "Officials in office", "people", "government", _staff_count,
        direction="neutral",
        definition="Perangkat dan kepala yang tercatat sedang menjabat: masa jabatan sudah mulai dan belum selesai.",
        definition_en="Officials with the head who are in office: their term has begun and is not over.",
    ),
    Indicator(
        "adoption.setup_progress", "Langkah penyiapan yang selesai", "Set-up steps done", "percent", "adoption",
        _setup_progress, rollup="ratio",
        definition="Bagian dari sembilan langkah penyiapan desa (alamat, perangkat, dusun, data penduduk, nomor surat, "
        "fitur, tampilan, rekan kerja, dibuka untuk umum) yang sudah selesai.",
        definition_en="The part of a village's nine set-up steps (address, officials, sub-areas, residents, letter "
        "numbers, capabilities, look, colleagues, opened to the public) that are done.",
        version=2,
    ),
)  # fmt: skip
