"""How the readiness index is weighed, month by month."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Date, DateTime, Float, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class ReadinessScheme(PlatformModel):
    """Weights of the pillars and scales of the scored indicators, from a month on until a later scheme holds."""

    __tablename__ = "readiness_scheme"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    holds_from: Mapped[dt.date] = mapped_column(Date, unique=True)
    weights: Mapped[dict[str, float]] = mapped_column(JSONB)
    """Pillar (`government`, `economy`, `people`) → its weight; together 1."""
    scales: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`{code, pillar, floor, target}`: floor scores 0, target 100; a floor above the target means less is better."""
    note: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class ReadinessPart(PlatformModel):
    """What a scored indicator adds to the indices of a kecamatan's villages in a month: sums over those that have one.

    Written when villages are scored, so that a region's mean opens without scoring its villages again.
    """

    __tablename__ = "readiness_part"

    period: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    district_code: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    pillar: Mapped[str] = mapped_column(Text)
    told: Mapped[int] = mapped_column(Integer)
    low: Mapped[int] = mapped_column(Integer)
    """How many score below 40."""
    score: Mapped[float] = mapped_column(Float)
    points: Mapped[float] = mapped_column(Float)
    lost: Mapped[float] = mapped_column(Float)
    """What would be added beyond the points at the target."""
