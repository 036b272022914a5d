"""Accounts, what they may do where, and how they prove themselves. All of it is the platform's, never a village's."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class Account(PlatformModel):
    """One person. E-mail is stored in lower case; the TOTP secret is sealed with a key derived from SECRET_KEY."""

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    recovery_hashes: Mapped[list[str]] = mapped_column(JSONB, default=list)
    locale: Mapped[str] = mapped_column(Text, default="id")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    last_sign_in_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class VillageRole(PlatformModel):
    """A role that a village made for itself out of permissions."""

    __tablename__ = "village_role"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    name: Mapped[str] = mapped_column(Text)
    permissions: Mapped[list[str]] = mapped_column(JSONB, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class Membership(PlatformModel):
    """A role that an account holds: in one village, or above the villages for one region."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("(tenant_id IS NULL) <> (region_code IS NULL)", name="place"),
        Index("ix_membership_account_id", "account_id"),
        Index("ix_membership_tenant_id", "tenant_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.account.id", ondelete="CASCADE"))
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id"))
    region_code: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    village_role_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.village_role.id"))
    title: Mapped[str | None] = mapped_column(Text)
    invited_name: Mapped[str | None] = mapped_column(Text)
    """The name that the inviter typed, until the person comes for the first time; nobody reads the account before."""
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class SignInSession(PlatformModel):
    """A device that is signed in on one host. Only the digest of its cookie is kept."""

    __tablename__ = "sign_in_session"
    __table_args__ = (Index("ix_sign_in_session_account_id", "account_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.account.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(Text)
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id"))
    support_visit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.support_visit.id"))
    second_factor_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    user_agent: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    last_seen_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class SingleUseToken(PlatformModel):
    """An invitation, a password reset, or a ticket from host to host: used once, on one host, until a moment."""

    __tablename__ = "single_use_token"
    __table_args__ = (
        CheckConstraint("purpose IN ('invitation', 'password_reset', 'crossing')", name="purpose"),
        Index("ix_single_use_token_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[str] = mapped_column(Text)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.account.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    used_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class ApiToken(PlatformModel):
    """A bearer token that a person made for a program: bound to one host's place, with scopes (permissions)."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_account_id", "account_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.account.id", ondelete="CASCADE"))
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id"))
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSONB, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class SupportVisit(PlatformModel):
    """A visit of the province into a village: with a reason, for an hour, seen by both sides."""

    __tablename__ = "support_visit"
    __table_args__ = (Index("ix_support_visit_tenant_id", "tenant_id", "started_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.tenant.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.account.id"))
    account_name: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    started_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Moment)
