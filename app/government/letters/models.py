"""Letters of a village: five tables. What is personal in a letter stands sealed in `box`."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)

STATES = (
    "draft", "submitted", "verified", "approved", "issued", "collected", "rejected", "cancelled",
)  # fmt: skip
"""A letter's life (domain: letters)."""
APPLICANT_ORIGINS = ("online", "kiosk")
"""Origins of letters that residents ask for by themselves."""
OPEN_STATES = ("submitted", "verified", "approved")
"""Somebody waits for it."""


class LetterType(TenantModel):
    """What a village says about a kind of letter, beside what is shipped (`letters.types`).

    `code` is that of a shipped type that the village changed or switched off, or a name of its own. `definition` holds
    fields, requirements and the rest as shipped files have them, `body` the text in the markup; both are null where
    the village only switched a shipped type off. `base_version` is the shipped version that was copied.
    """

    __tablename__ = "letter_type"
    __table_args__ = (CheckConstraint("state IN ('draft', 'active', 'off')", name="state"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(Text, unique=True)
    base_code: Mapped[str] = mapped_column(Text, default="", server_default="")
    base_version: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text, default="", server_default="")
    classification: Mapped[str] = mapped_column(Text, default="", server_default="")
    definition: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="draft", server_default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    updated_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class Classification(TenantModel):
    """A code of the village's classification of archives (Permendagri 83/2022); shipped ones are code."""

    __tablename__ = "letter_classification"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class LetterCounter(TenantModel):
    """The last number drawn in a year. `scope` is empty for the whole village, or the code of a letter type.

    The row is locked by the transaction that draws, so numbers have neither gaps nor doubles. `scope` `incoming` counts
    the agenda of incoming letters.
    """

    __tablename__ = "letter_counter"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class Letter(TenantModel):
    """A letter from its request to its archive.

    `box` seals `fields` (what was typed), `person` (the holder as the register had them), `words` (what the document
    was set from) and `rating_comment`. `signing`: `wet` (ink), `local` (a certificate here) or `bsre`. Once it has a
    number it keeps it. `sha256` is that of the final file, which lies sealed in object storage (`letters/<id>`) and is
    never written again. `token` is what the QR code holds: 16 random bytes. `search` is what the register's search
    looks through (number, holder, title, subject). `origin` is where it came from: `desk`, `online`, `kiosk`, `batch`,
    `api`, or `paper` for a letter that was written elsewhere and only stands in the register.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'verified', 'approved', 'issued', 'collected', 'rejected', 'cancelled')",
            name="state",
        ),
        CheckConstraint("signing IN ('wet', 'local', 'bsre')", name="signing"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index(
            "uq_letter_year",
            "year",
            "scope",
            "sequence",
            unique=True,
            postgresql_where="sequence IS NOT NULL",
        ),
        Index("uq_letter_token", "token", unique=True, postgresql_where="token IS NOT NULL"),
        Index("ix_letter_sha256", "sha256", postgresql_where="sha256 IS NOT NULL"),
        Index(
            "uq_letter_idempotency_key",
            "idempotency_key",
            unique=True,
            postgresql_where="idempotency_key IS NOT NULL",
        ),
        Index("uq_letter_number", "year", "number", unique=True, postgresql_where="sequence IS NOT NULL"),
        Index("ix_letter_account_id", "account_id", postgresql_where="account_id IS NOT NULL"),
        Index("ix_letter_batch_id", "batch_id", postgresql_where="batch_id IS NOT NULL"),
        Index(
            "ix_letter_sent_on",
            text("(details ->> 'sent_on')"),
            postgresql_where="(details ->> 'sent_on') IS NOT NULL",
        ),
        Index("ix_letter_resident_id", "resident_id"),
        Index("ix_letter_issued_at", "issued_at", "id", postgresql_where="issued_at IS NOT NULL"),
        Index(
            "ix_letter_letter_date", "letter_date", "sequence", "id", postgresql_where="sequence IS NOT NULL"
        ),
        Index(
            "ix_letter_state",
            "state",
            "due_at",
            postgresql_where="state IN ('draft', 'submitted', 'verified', 'approved')",
        ),
        Index(
            "ix_letter_search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    type_code: Mapped[str] = mapped_column(Text)
    type_version: Mapped[str] = mapped_column(Text, default="", server_default="")
    title: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text, default="", server_default="")
    classification: Mapped[str] = mapped_column(Text, default="", server_default="")
    recipient: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[str] = mapped_column(Text, default="draft", server_default="draft")
    origin: Mapped[str] = mapped_column(Text, default="desk", server_default="desk")
    resident_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("resident.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column()
    holder_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    scope: Mapped[str] = mapped_column(Text, default="", server_default="")
    year: Mapped[int | None] = mapped_column(SmallInteger)
    sequence: Mapped[int | None] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(Text, default="", server_default="")
    letter_date: Mapped[dt.date | None] = mapped_column(Date)
    valid_until: Mapped[dt.date | None] = mapped_column(Date)
    signing: Mapped[str] = mapped_column(Text, default="wet", server_default="wet")
    signing_key_id: Mapped[uuid.UUID | None] = mapped_column()
    signer_id: Mapped[uuid.UUID | None] = mapped_column()
    signer_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    signer_title: Mapped[str] = mapped_column(Text, default="", server_default="")
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int | None] = mapped_column(Integer)
    key_id: Mapped[str] = mapped_column(Text, default="", server_default="")
    idempotency_key: Mapped[uuid.UUID | None] = mapped_column()
    batch_id: Mapped[uuid.UUID | None] = mapped_column()
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """The expedition book (`sent_on`, `sent_to`, `carried_by`, `received_by`) and what went wrong at the last signing
    (`signing_error`)."""
    search: Mapped[str] = mapped_column(Text, default="", server_default="")
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    recorded_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    verified_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    approved_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    issued_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    collected_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    closed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """When it was rejected or cancelled."""
    due_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    """Until when the village promised it: working days after it was submitted."""
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)

    @property
    def is_phones_draft(self) -> bool:
        """Whether a resident has begun it on a phone or the kiosk and not sent it: it is theirs alone."""
        return self.state == "draft" and self.origin in APPLICANT_ORIGINS

    @property
    def is_being_signed(self) -> bool:
        """Whether the national service signs it just now, behind the answer (`details.signing_run`)."""
        return self.state == "approved" and "signing_run" in self.details


class IncomingLetter(TenantModel):
    """A letter that came to the village; its dispositions are steps of it (`CaseStep`), its scans `CaseFile`."""

    __tablename__ = "incoming_letter"
    __table_args__ = (
        CheckConstraint("state IN ('received', 'disposed', 'done', 'cancelled')", name="state"),
        CheckConstraint("urgency IN ('ordinary', 'urgent', 'very_urgent')", name="urgency"),
        CheckConstraint("secrecy IN ('open', 'limited', 'secret')", name="secrecy"),
        Index("uq_incoming_letter_year", "year", "sequence", unique=True),
        Index(
            "ix_incoming_letter_search",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int] = mapped_column(SmallInteger)
    sequence: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(Text, default="", server_default="")
    letter_date: Mapped[dt.date | None] = mapped_column(Date)
    received_on: Mapped[dt.date] = mapped_column(Date)
    sender: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    classification: Mapped[str] = mapped_column(Text, default="", server_default="")
    urgency: Mapped[str] = mapped_column(Text, default="ordinary", server_default="ordinary")
    secrecy: Mapped[str] = mapped_column(Text, default="open", server_default="open")
    attachments: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[str] = mapped_column(Text, default="received", server_default="received")
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    reply_letter_id: Mapped[uuid.UUID | None] = mapped_column()
    notes: Mapped[str] = mapped_column(Text, default="", server_default="")
    search: Mapped[str] = mapped_column(Text, default="", server_default="")
    recorded_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
