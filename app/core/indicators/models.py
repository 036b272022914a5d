"""What the province may see: one number per period, village and indicator, and what these add up to by region."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.models import now


class IndicatorValue(PlatformModel):
    """A village's value of an indicator in a month (`period` is its first day).

    A ratio keeps its parts, so that a kabupaten's value is the ratio of the sums; a median keeps its buckets (counts
    between the indicator's edges), which add up over villages. The key starts with the period: a
    month of the whole province lies together.
    """

    __tablename__ = "indicator_value"
    __table_args__ = (
        Index(
            "ix_indicator_value_code_period",
            "code",
            "period",
            postgresql_include=["tenant_id", "value", "numerator", "denominator", "source"],
        ),
        Index(
            "ix_indicator_value_sent",
            "tenant_id",
            "as_of",
            postgresql_include=["code"],
            postgresql_where=text("source <> 'siger'"),
        ),
        CheckConstraint("source IN ('siger', 'push', 'csv', 'demo')", name="source"),
    )

    period: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    numerator: Mapped[float | None] = mapped_column(Float)
    denominator: Mapped[float | None] = mapped_column(Float)
    buckets: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    as_of: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    source: Mapped[str] = mapped_column(Text, server_default=text("'siger'"), default="siger")
    """Where it comes from: computed here, pushed by another system, sent as a file, or made up for a demo."""


class IndicatorRollup(PlatformModel):
    """What the villages of one kind add up to in a region (kecamatan, kabupaten/kota, province) in a month.

    `value` is the sum (or the largest, for `max`); a ratio is to be read as numerator by denominator; buckets are
    summed. `villages` is how many of them told a figure: missing is not zero. `oldest` and `newest` are their stamps.
    """

    __tablename__ = "indicator_rollup"

    region_code: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    numerator: Mapped[float | None] = mapped_column(Float)
    denominator: Mapped[float | None] = mapped_column(Float)
    buckets: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    villages: Mapped[int] = mapped_column(Integer)
    demo_villages: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    """How many of them are made up for a demo."""
    oldest: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    newest: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class HiddenCell(PlatformModel):
    """A figure of a sensitive indicator that must not be shown: too small itself, or its neighbour's only veil.

    Written whenever figures are added up, for regions and villages alike (`place` is their dotted code).
    """

    __tablename__ = "indicator_hidden"

    period: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    place: Mapped[str] = mapped_column(Text, primary_key=True)
    is_small: Mapped[bool] = mapped_column()
    """Whether it is to be shown as "<5"; else as hidden."""


class RollupDue(PlatformModel):
    """A kecamatan whose villages' figures of a month changed since they were added up."""

    __tablename__ = "indicator_rollup_due"

    district_code: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class IndicatorDaily(PlatformModel):
    """A village's value of a daily indicator on a day (by the calendar of Lampung); kept for some months."""

    __tablename__ = "indicator_daily"
    __table_args__ = (
        Index("ix_indicator_daily_code_day", "code", "day", postgresql_include=["tenant_id", "value"]),
    )

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    numerator: Mapped[float | None] = mapped_column(Float)
    denominator: Mapped[float | None] = mapped_column(Float)
    as_of: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class IndicatorVersion(PlatformModel):
    """From which month on an indicator is counted in which way: a change of its definition is a new version."""

    __tablename__ = "indicator_version"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    holds_from: Mapped[dt.date] = mapped_column(Date)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    noted_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class IndicatorFailure(PlatformModel):
    """An indicator that could not be computed in a village, with the reason; gone when it could be again."""

    __tablename__ = "indicator_failure"

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.tenant.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    first_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)


class IndicatorPublication(PlatformModel):
    """An indicator that the province opened to everybody (open data), down to which level."""

    __tablename__ = "indicator_publication"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 4", name="level"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    """1 province, 2 kabupaten/kota, 3 kecamatan, 4 village: the deepest that is told."""
    published_by: Mapped[str] = mapped_column(Text)
    published_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
