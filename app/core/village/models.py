"""What a village says of itself: its profile, its officials, its sub-areas."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, Date, DateTime, Float, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)
HOURS = "hours"
"""The step that says that the opening hours were checked."""
HANDED_OVER = 1_000_000
"""The `sort_order` from which on a sub-area went over to another village: it stays for what was recorded of it, behind
all others."""


class VillageProfile(TenantModel):
    """The one row of a village's own settings. Name, code and words stand in the registry, since hosts need them."""

    __tablename__ = "village_profile"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    motto: Mapped[str] = mapped_column(Text, default="", server_default="")
    about: Mapped[str] = mapped_column(Text, default="", server_default="")
    address: Mapped[str] = mapped_column(Text, default="", server_default="")
    postal_code: Mapped[str] = mapped_column(Text, default="", server_default="")
    phone: Mapped[str] = mapped_column(Text, default="", server_default="")
    whatsapp: Mapped[str] = mapped_column(Text, default="", server_default="")
    email: Mapped[str] = mapped_column(Text, default="", server_default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    opening_hours: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    accent: Mapped[str] = mapped_column(Text, default="", server_default="")
    logo_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    letterhead_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    letterhead_lines: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    steps_done: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)

    @property
    def are_hours_checked(self) -> bool:
        """Whether somebody of the village looked at the opening hours and saved them; until then they are the usual."""
        return HOURS in self.steps_done

    @property
    def told_hours(self) -> dict[str, Any]:
        """The opening hours as everybody may read them: none before they were checked."""
        return dict(self.opening_hours) if self.are_hours_checked else {}


class Official(TenantModel):
    """A village official: who holds which office, from when to when, and for whom they sign."""

    __tablename__ = "official"
    __table_args__ = (
        CheckConstraint(
            "position IN ('head', 'secretary', 'treasurer', 'section', 'sub_area', 'other')", name="position"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    position: Mapped[str] = mapped_column(Text, default="other")
    employee_number: Mapped[str] = mapped_column(Text, default="", server_default="")
    phone: Mapped[str] = mapped_column(Text, default="", server_default="")
    period_from: Mapped[dt.date | None] = mapped_column(Date)
    period_until: Mapped[dt.date | None] = mapped_column(Date)
    sort_order: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    signs_for_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official.id", ondelete="SET NULL"))
    photo_file_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    is_public: Mapped[bool] = mapped_column(default=True)
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class SubArea(TenantModel):
    """A dusun (or pemangku, suku, lingkungan), an RW in it, an RT in that."""

    __tablename__ = "sub_area"
    __table_args__ = (
        CheckConstraint("kind IN ('sub_area', 'rw', 'rt')", name="kind"),
        Index(
            "uq_sub_area_parent_id_kind_name",
            "parent_id",
            "kind",
            "name",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sub_area.id"))
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    head_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    head_phone: Mapped[str] = mapped_column(Text, default="", server_default="")
    sort_order: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)

    @property
    def is_gone(self) -> bool:
        """Whether it went over to another village with those who lived there."""
        return self.sort_order >= HANDED_OVER
