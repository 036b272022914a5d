"""Applications, their dated steps, who may not apply, and who decides in which kabupaten."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import PlatformModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)

STATES = (
    "draft",
    "confirming",
    "submitted",
    "returned",
    "approved",
    "provisioned",
    "live",
    "rejected",
    "withdrawn",
    "outrun",
    "expired",
)
"""draft: being typed in; confirming: waits for the e-mail to be confirmed; submitted: waits for the office; returned:
asked back with a comment; approved: waits for its schema; provisioned: has its host, is being set up; live; rejected;
withdrawn by the applicant; outrun: another application of the same village was first; expired: left lying."""

OPEN_STATES = ("submitted", "returned", "approved")
"""In these an application holds its village: one at a time."""

ROUTES = ("self", "invitation", "bulk")


class Application(PlatformModel):
    """One village's wish to come aboard, from the first step to the day it is live."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"route IN {ROUTES}", name="route"),
        Index("ix_application_state", "state", "state_since"),
        Index("ix_application_tenant_id", "tenant_id", "state"),
        Index("ix_application_email", "email", postgresql_where=text("email <> ''")),
        Index(
            "uq_application_village",
            "tenant_id",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'returned', 'approved')"),
        ),
        Index(
            "uq_application_slug",
            "slug",
            unique=True,
            postgresql_where=text("state IN ('submitted', 'returned', 'approved') AND slug IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """Of the secret in the applicant's own address, with which the application is resumed on any device."""
    token_version: Mapped[int] = mapped_column(Integer, server_default=text("1"), default=1)
    """The address follows from the id and this number (see `links`); raising it ends all earlier addresses."""
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("platform.tenant.id"))
    """The village, once it was chosen."""
    route: Mapped[str] = mapped_column(Text, default="self")
    invitation_id: Mapped[uuid.UUID | None] = mapped_column()
    state: Mapped[str] = mapped_column(Text, default="draft")
    state_since: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    step: Mapped[str] = mapped_column(Text, default="village")
    """The wizard's step that comes next."""
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What was typed in, by step."""
    applicant_name: Mapped[str] = mapped_column(Text, default="")
    applicant_title: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    """In the form +628…, empty until it was given."""
    email: Mapped[str] = mapped_column(Text, default="")
    email_confirmed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    confirm_number: Mapped[int] = mapped_column(Integer, server_default=text("0"), default=0)
    """Of the last link that was sent to confirm the e-mail address; earlier ones do not count any more."""
    confirm_asked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    locale: Mapped[str] = mapped_column(Text, server_default=text("'id'"), default="id")
    """The language in which the applicant is written to."""
    reminded_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    slug: Mapped[str | None] = mapped_column(Text)
    """The address that was chosen."""
    letter_file_id: Mapped[uuid.UUID | None] = mapped_column()
    """The letter of assignment (`platform.stored_file`)."""
    comment: Mapped[str] = mapped_column(Text, default="")
    """What the office wrote when it asked back or rejected."""
    decided_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column()
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    provisioned_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    live_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    row_version: Mapped[int] = mapped_column(Integer, default=1)


class ApplicationEvent(PlatformModel):
    """A dated step of an application: a step of the wizard saved, a change of state, a comment."""

    __tablename__ = "application_event"
    __table_args__ = (
        Index("ix_application_event_application_id", "application_id", "at"),
        Index("ix_application_event_kind", "kind", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    application_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.application.id", ondelete="CASCADE")
    )
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    kind: Mapped[str] = mapped_column(Text)
    """`step` (with its key), `state` (with the new state), `mail` (with what it told), `note`."""
    key: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")


class BlockedApplicant(PlatformModel):
    """Somebody whose applications are not taken: an e-mail address or a phone number, with the reason."""

    __tablename__ = "blocked_applicant"
    __table_args__ = (CheckConstraint("kind IN ('email', 'phone')", name="kind"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text, unique=True)
    reason: Mapped[str] = mapped_column(Text)
    blocked_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class ApprovalRule(PlatformModel):
    """Who decides on the applications of a kabupaten: its own office (the default) or its kecamatan too."""

    __tablename__ = "approval_rule"
    __table_args__ = (CheckConstraint("level IN (1, 2, 3)", name="level"),)

    region_code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int] = mapped_column(Integer, default=2)
    """The lowest level that may decide: 1 province alone, 2 kabupaten, 3 kecamatan."""
    changed_by: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
