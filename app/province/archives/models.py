"""Archives that somebody asked for, with what became of them."""

import datetime as dt
import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class VillageArchive(PlatformModel):
    """One archive of a village. `state`: `waiting`, `making`, `ready`, `failed` or `expired` (its file is gone).

    `box` holds the passphrase, sealed, until the worker takes it: for minutes, and once. `asked_on` is the kind of host
    where it was asked for, and the only one where it is handed out. `error` is a code that screens have a sentence for.
    """

    __tablename__ = "village_archive"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'making', 'ready', 'failed', 'expired')", name="state"),
        CheckConstraint("asked_on IN ('province', 'village')", name="asked_on"),
        Index("ix_village_archive_tenant_id", "tenant_id", "created_at"),
        Index("ix_village_archive_state", "state", "expires_at"),
        Index(
            "uq_village_archive_under_way",
            "tenant_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'making')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    state: Mapped[str] = mapped_column(Text, default="waiting")
    reason: Mapped[str] = mapped_column(Text)
    asked_on: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text, default="")
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column()
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    run_id: Mapped[uuid.UUID | None] = mapped_column()
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    rows: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    files: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    downloads: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    taken_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    expires_at: Mapped[dt.datetime | None] = mapped_column(Moment)
