"""Steps and papers of cases: two tables a village, shared by all that is asked for and answered."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)


class CaseStep(TenantModel):
    """One step of a case: what happened, when, by whom. Steps are only ever added.

    `subject_kind` and `subject_id` name the case (`letter`, `incoming_letter`, `complaint`, `portal_account`); `kind`
    is the step in the words of that case. `note` holds no number of a person (masked before it is kept); what is
    personal lies in `box`. `is_public` steps are shown to whoever asked.
    """

    __tablename__ = "case_step"
    __table_args__ = (
        CheckConstraint("by_kind IN ('staff', 'resident', 'kiosk', 'system', 'program')", name="by_kind"),
        Index("ix_case_step_subject_id", "subject_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[uuid.UUID] = mapped_column()
    kind: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    by_kind: Mapped[str] = mapped_column(Text, default="staff", server_default="staff")
    by_id: Mapped[uuid.UUID | None] = mapped_column()
    by_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    is_public: Mapped[bool] = mapped_column(default=True, server_default="true")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    box: Mapped[bytes | None] = mapped_column(LargeBinary)


class CaseFile(TenantModel):
    """A photo or a scan that belongs to a case; its bytes lie sealed in object storage (`cases/<id>`).

    `kind` says what it is in the words of the case: the key of a letter type's requirement, `scan`, `photo`, `ktp`.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_subject_id", "subject_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[uuid.UUID] = mapped_column()
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text, default="", server_default="")
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(Text)
    added_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
