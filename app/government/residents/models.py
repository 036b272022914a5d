"""The register's tables: eight a village. What is personal stands sealed in `box` (see app.core.privacy.vault)."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import TenantModel
from tenants.ids import uuid7
from tenants.models import now

Moment = DateTime(timezone=True)
Code = SmallInteger


OPEN_STATES = ("active", "empty")
"""States of a household that somebody may join; a card number stands once among them."""


class Household(TenantModel):
    """A family as the family card (Kartu Keluarga) has it. `box` seals `kk`, the card's number of 16 digits.

    `state`: `active` counts (somebody lives in it), `empty` waits for its first member and does not count, `left` and
    `dissolved` ended, `invalid` was entered by mistake.
    """

    __tablename__ = "household"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'empty', 'left', 'dissolved', 'invalid')", name="state"),
        Index(
            "uq_household_kk_index",
            "kk_index",
            unique=True,
            postgresql_where="state IN ('active', 'empty')",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    kk_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    head_id: Mapped[uuid.UUID | None] = mapped_column()
    state: Mapped[str] = mapped_column(Text, default="active", server_default="active")
    address: Mapped[str] = mapped_column(Text, default="", server_default="")
    sub_area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sub_area.id"))
    welfare_class: Mapped[int | None] = mapped_column(Code)
    welfare_decile: Mapped[int | None] = mapped_column(Code)
    house_condition: Mapped[int | None] = mapped_column(Code)
    issued_on: Mapped[dt.date | None] = mapped_column(Date)
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class Resident(TenantModel):
    """A person of the register.

    `box` seals a JSON object of those of `SEALED_FIELDS` that are known. Codes are those of `codes.LISTS`, null when
    unknown. `nik_state`: 0 no NIK yet, 1 a temporary one (begins with 0), 2 a NIK. `missing_count` counts the fields
    of `derive.REQUIRED` that are empty. `sub_area_id` is the smallest known area (RT, RW or sub-area).
    """

    __tablename__ = "resident"
    __table_args__ = (
        CheckConstraint("sex IN (1, 2)", name="sex"),
        Index("uq_resident_nik_index", "nik_index", unique=True, postgresql_where="vital_status = 1"),
        Index("ix_resident_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
        Index("ix_resident_household_id", "household_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("household.id"))
    household_order: Mapped[int] = mapped_column(Code, default=0, server_default="0")
    relation: Mapped[int | None] = mapped_column(Code)
    nik_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    nik_state: Mapped[int] = mapped_column(Code, default=0, server_default="0")
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Text)
    sex: Mapped[int] = mapped_column(Code)
    birth_place: Mapped[str] = mapped_column(Text, default="", server_default="")
    birth_date: Mapped[dt.date | None] = mapped_column(Date)
    religion: Mapped[int | None] = mapped_column(Code)
    blood_type: Mapped[int | None] = mapped_column(Code)
    marital_status: Mapped[int | None] = mapped_column(Code)
    education: Mapped[int | None] = mapped_column(Code)
    schooling: Mapped[int | None] = mapped_column(Code)
    occupation: Mapped[int | None] = mapped_column(Code)
    nationality: Mapped[int] = mapped_column(Code, default=1, server_default="1")
    father_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    mother_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    birth_certificate: Mapped[str] = mapped_column(Text, default="", server_default="")
    marriage_certificate: Mapped[str] = mapped_column(Text, default="", server_default="")
    married_on: Mapped[dt.date | None] = mapped_column(Date)
    divorce_certificate: Mapped[str] = mapped_column(Text, default="", server_default="")
    divorced_on: Mapped[dt.date | None] = mapped_column(Date)
    passport_expires_on: Mapped[dt.date | None] = mapped_column(Date)
    ethnic_group: Mapped[str] = mapped_column(Text, default="", server_default="")
    reading: Mapped[int | None] = mapped_column(Code)
    disability: Mapped[int | None] = mapped_column(Code)
    illness: Mapped[int | None] = mapped_column(Code)
    contraception: Mapped[int | None] = mapped_column(Code)
    pregnant: Mapped[bool | None] = mapped_column()
    insurance: Mapped[int | None] = mapped_column(Code)
    registered_address: Mapped[str] = mapped_column(Text, default="", server_default="")
    current_address: Mapped[str] = mapped_column(Text, default="", server_default="")
    sub_area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("sub_area.id"))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    residence_status: Mapped[int] = mapped_column(Code, default=1, server_default="1")
    vital_status: Mapped[int] = mapped_column(Code, default=1, server_default="1")
    vital_on: Mapped[dt.date | None] = mapped_column(Date)
    card: Mapped[int | None] = mapped_column(Code)
    card_status: Mapped[int | None] = mapped_column(Code)
    photo_document_id: Mapped[uuid.UUID | None] = mapped_column()
    notes: Mapped[str] = mapped_column(Text, default="", server_default="")
    missing_count: Mapped[int] = mapped_column(Code, default=0, server_default="0")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


SEALED_FIELDS = (
    "nik", "father_nik", "mother_nik", "phone", "email", "passport", "kitas", "insurance_number", "card_tag",
)  # fmt: skip
"""What a resident's `box` holds, as text."""


class LifeEvent(TenantModel):
    """One line of the ledger from which every total follows: what happened to one resident or one household.

    A person is counted in a cell and an area: the line takes them out of `from_…` and puts them into `to_…` (null is
    outside the village). Cells: see `ledger`. `month` is the month it counts in, `is_late` when that is later than the
    month it happened in. Lines of one deed (a family that moves) share `deed_id`. `box` seals what stood before and
    after (`before`, `after`: fields that changed) and, for the event, what is personal in `details`.
    """

    __tablename__ = "life_event"
    __table_args__ = (
        Index("ix_life_event_resident_id", "resident_id"),
        Index("ix_life_event_deed_id", "deed_id"),
        Index("ix_life_event_month", "month"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    deed_id: Mapped[uuid.UUID] = mapped_column()
    kind: Mapped[str] = mapped_column(Text)
    resident_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("resident.id"))
    household_id: Mapped[uuid.UUID | None] = mapped_column()
    happened_on: Mapped[dt.date] = mapped_column(Date)
    reported_on: Mapped[dt.date] = mapped_column(Date)
    month: Mapped[dt.date] = mapped_column(Date)
    is_late: Mapped[bool] = mapped_column(default=False, server_default="false")
    from_cell: Mapped[int | None] = mapped_column(Code)
    to_cell: Mapped[int | None] = mapped_column(Code)
    from_area_id: Mapped[uuid.UUID | None] = mapped_column()
    to_area_id: Mapped[uuid.UUID | None] = mapped_column()
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    version_after: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    import_id: Mapped[uuid.UUID | None] = mapped_column()
    reverses_id: Mapped[uuid.UUID | None] = mapped_column()
    undone_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    undone_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    recorded_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    recorded_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class PopulationMonth(TenantModel):
    """A month that was closed: nothing is counted into it any more. `figures` is its report as it stood."""

    __tablename__ = "population_month"

    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    closed_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    closed_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class ResidentDocument(TenantModel):
    """A scan or a photo of a resident or a household; its bytes lie sealed in object storage."""

    __tablename__ = "resident_document"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    resident_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("resident.id"), index=True)
    household_id: Mapped[uuid.UUID | None] = mapped_column()
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text, default="", server_default="")
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(Text)
    added_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)


class ImportRun(TenantModel):
    """One import from upload to undo. The upload and what was read of it lie sealed in object storage.

    `signature` is a digest of the header row: the mapping that a village chose for it is offered again. States:
    uploaded → reading → mapping → checking → ready → applying → applied → undone; failed and cancelled stand apart.
    """

    __tablename__ = "import_run"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    file_name: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[str] = mapped_column(Text, default="uploaded", server_default="uploaded")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    key_id: Mapped[str] = mapped_column(Text, default="", server_default="")
    job_id: Mapped[uuid.UUID | None] = mapped_column()
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    row_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    asked_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    applied_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    undone_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class DataRequest(TenantModel):
    """What a resident asks about the own data (UU PDP, Law 27/2022, Art. 6-8): a copy, or a correction.

    `box` seals what was asked, by whom and what was answered (`text`, `asked_by`, `contact`, `answer`).
    """

    __tablename__ = "data_request"
    __table_args__ = (CheckConstraint("kind IN ('access', 'correction')", name="kind"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    resident_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("resident.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default="open", server_default="open")
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_by: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(Moment, default=now)
    answered_at: Mapped[dt.datetime | None] = mapped_column(Moment)
