"""Residents' own accounts and the hall's kiosks: three tables of the village (never of the platform)."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class PortalAccount(TenantModel):
    """A resident's account, found by the resident's NIK. `box` seals where to reach them (`phone`, `email`) and the
    chip number of their card (`card_tag`), which the kiosk finds by its blind index `card_index`.

    States: `invited` (a code was given at the hall), `waiting` (asked with a photo of the KTP; a clerk looks at it),
    `active`, `locked` (ten wrong PINs; unlocked at the hall), `closed`. `pin_hash` and `code_hash` are argon2.
    `preferences` says what the resident wants to be told, and how (`email`, `whatsapp`: bool).
    """

    __tablename__ = "portal_account"
    __table_args__ = (
        CheckConstraint("state IN ('invited', 'waiting', 'active', 'locked', 'closed')", name="state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    resident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("resident.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(Text, default="invited", server_default="invited")
    method: Mapped[str] = mapped_column(Text, default="code", server_default="code")
    pin_hash: Mapped[str | None] = mapped_column(Text)
    failed: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    code_hash: Mapped[str | None] = mapped_column(Text)
    code_expires_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    code_failed: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    card_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    activated_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    activated_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    locked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_sign_in_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class PortalSession(TenantModel):
    """A phone (or, for a minute, a kiosk) on which a resident is signed in. Only the digest of its cookie is kept."""

    __tablename__ = "portal_session"
    __table_args__ = (Index("ix_portal_session_account_id", "account_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("portal_account.id", ondelete="CASCADE"))
    kiosk_id: Mapped[uuid.UUID | None] = mapped_column()
    user_agent: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    last_seen_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class KioskDevice(TenantModel):
    """A screen in the hall, paired by a code that is used once. Only digests of code and cookie are kept."""

    __tablename__ = "kiosk_device"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(Text)
    code_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_expires_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    token_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """`prints`: whether a printer stands beside it; `at_once`: types of letters that it issues and prints by itself."""
    paired_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
