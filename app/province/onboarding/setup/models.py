"""What the platform knows of a village's set-up, so that nobody above looks into the village's own tables."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.models import now

Moment = DateTime(timezone=True)


class VillageSetup(PlatformModel):
    """How far one village is: its steps, and its first week once it is live.

    `steps` by key: `state` (`done`, `skipped`, `started`, `open`), `at` and `by`. `first_week` by key: whether it was
    done.
    """

    __tablename__ = "village_setup"
    __table_args__ = (Index("ix_village_setup_live_at", "live_at"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"), primary_key=True)
    steps: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    first_week: Mapped[dict[str, bool]] = mapped_column(JSONB, default=dict, server_default="{}")
    done: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    live_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
