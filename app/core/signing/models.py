"""With what a village signs, and what waits for the national service: two tables a village."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class SigningKey(TenantModel):
    """With what somebody of the village signs.

    `kind`: `demo` (a certificate of our own local authority, not certified), `pkcs12` (an uploaded certificate) or
    `bsre` (an identity at the national service, where the key itself stays). `box` seals what only the signer's
    passphrase opens further: the PKCS#12 file, or the signer's NIK at the service.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("kind IN ('demo', 'pkcs12', 'bsre')", name="kind"),
        CheckConstraint("state IN ('active', 'retired')", name="state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(Text)
    official_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official.id", ondelete="SET NULL"))
    holder_name: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="", server_default="")
    issuer: Mapped[str] = mapped_column(Text, default="", server_default="")
    serial: Mapped[str] = mapped_column(Text, default="", server_default="")
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The signer's certificate, DER."""
    not_before: Mapped[dt.datetime | None] = mapped_column(Moment)
    not_after: Mapped[dt.datetime | None] = mapped_column(Moment)
    is_certified: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it comes from a certification authority recognised in Indonesia (PP 71/2019); a demo's never does."""
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text, default="active", server_default="active")
    added_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    retired_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class SigningRun(TenantModel):
    """Documents on their way to the national service. `box` seals the passphrase: for five minutes and one use.

    `subjects` are ids of letters; `results` says of each what became of it. The box is emptied by whoever takes the
    run, before anything is sent.
    """

    __tablename__ = "signing_run"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'expired')", name="state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    signing_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signing_key.id"))
    subjects: Mapped[list[str]] = mapped_column(JSONB, default=list)
    results: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    state: Mapped[str] = mapped_column(Text, default="waiting", server_default="waiting")
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    taken_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    asked_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column()
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(Moment)
