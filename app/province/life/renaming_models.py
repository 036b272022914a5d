"""What villages were called before, under which code, and where they lay."""

import datetime as dt
import uuid

from sqlalchemy import Date, DateTime, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now


class VillagePast(PlatformModel):
    """A village's name, code and place as they were until a change; the village keeps its id, schema and figures."""

    __tablename__ = "village_past"
    __table_args__ = (
        Index("ix_village_past_code", "code"),
        Index("ix_village_past_tenant_id", "tenant_id", "created_at"),
        Index("ix_village_past_deed_id", "deed_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    deed_id: Mapped[uuid.UUID] = mapped_column()
    """One for all villages that a single deed moved."""
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    term: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    district_code: Mapped[str] = mapped_column(Text)
    district_name: Mapped[str] = mapped_column(Text)
    regency_code: Mapped[str] = mapped_column(Text)
    regency_name: Mapped[str] = mapped_column(Text)
    used_from: Mapped[dt.date | None] = mapped_column(Date)
    """Null: from before the village was listed."""
    used_until: Mapped[dt.date] = mapped_column(Date)
    """The day from which the later ones hold."""
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    regulation: Mapped[str] = mapped_column(Text, default="", server_default="")
    regulation_on: Mapped[dt.date | None] = mapped_column(Date)
    changed_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), default=now)
