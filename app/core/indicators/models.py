"""What the province may see: one number per period, village and indicator, in one table."""

import datetime as dt
import uuid

from sqlalchemy import Date, DateTime, Float, Index, Text
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
        Index("ix_indicator_value_code_period", "code", "period", postgresql_include=["tenant_id", "value"]),
    )

    period: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    numerator: Mapped[float | None] = mapped_column(Float)
    denominator: Mapped[float | None] = mapped_column(Float)
    buckets: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    as_of: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
