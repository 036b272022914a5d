"""the population register

Revision: 0002_residents
After: 0001_foundation
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_residents"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="uploaded", nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("key_id", sa.Text(), server_default="", nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("asked_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "population_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_population_month")),
    )
    op.create_table(
        "village_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("register_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_village_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_state")),
    )
    op.create_table(
        "household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kk_index", sa.LargeBinary(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("head_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("sub_area_id", sa.Uuid(), nullable=True),
        sa.Column("welfare_class", sa.SmallInteger(), nullable=True),
        sa.Column("welfare_decile", sa.SmallInteger(), nullable=True),
        sa.Column("house_condition", sa.SmallInteger(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'empty', 'left', 'dissolved', 'invalid')", name=op.f("ck_household_state")
        ),
        sa.ForeignKeyConstraint(
            ["sub_area_id"], ["sub_area.id"], name=op.f("fk_household_sub_area_id_sub_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
    )
    op.create_index(
        "uq_household_kk_index",
        "household",
        ["kk_index"],
        unique=True,
        postgresql_where="state IN ('active', 'empty')",
    )
    op.create_table(
        "resident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("household_order", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("relation", sa.SmallInteger(), nullable=True),
        sa.Column("nik_index", sa.LargeBinary(), nullable=True),
        sa.Column("nik_state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.SmallInteger(), nullable=False),
        sa.Column("birth_place", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("religion", sa.SmallInteger(), nullable=True),
        sa.Column("blood_type", sa.SmallInteger(), nullable=True),
        sa.Column("marital_status", sa.SmallInteger(), nullable=True),
        sa.Column("education", sa.SmallInteger(), nullable=True),
        sa.Column("schooling", sa.SmallInteger(), nullable=True),
        sa.Column("occupation", sa.SmallInteger(), nullable=True),
        sa.Column("nationality", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("father_name", sa.Text(), server_default="", nullable=False),
        sa.Column("mother_name", sa.Text(), server_default="", nullable=False),
        sa.Column("birth_certificate", sa.Text(), server_default="", nullable=False),
        sa.Column("marriage_certificate", sa.Text(), server_default="", nullable=False),
        sa.Column("married_on", sa.Date(), nullable=True),
        sa.Column("divorce_certificate", sa.Text(), server_default="", nullable=False),
        sa.Column("divorced_on", sa.Date(), nullable=True),
        sa.Column("passport_expires_on", sa.Date(), nullable=True),
        sa.Column("ethnic_group", sa.Text(), server_default="", nullable=False),
        sa.Column("reading", sa.SmallInteger(), nullable=True),
        sa.Column("disability", sa.SmallInteger(), nullable=True),
        sa.Column("illness", sa.SmallInteger(), nullable=True),
        sa.Column("contraception", sa.SmallInteger(), nullable=True),
        sa.Column("pregnant", sa.Boolean(), nullable=True),
        sa.Column("insurance", sa.SmallInteger(), nullable=True),
        sa.Column("registered_address", sa.Text(), server_default="", nullable=False),
        sa.Column("current_address", sa.Text(), server_default="", nullable=False),
        sa.Column("sub_area_id", sa.Uuid(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("residence_status", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("vital_status", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("vital_on", sa.Date(), nullable=True),
        sa.Column("card", sa.SmallInteger(), nullable=True),
        sa.Column("card_status", sa.SmallInteger(), nullable=True),
        sa.Column("photo_document_id", sa.Uuid(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("missing_count", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("row_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN (1, 2)", name=op.f("ck_resident_sex")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_resident_household_id_household")
        ),
        sa.ForeignKeyConstraint(
            ["sub_area_id"], ["sub_area.id"], name=op.f("fk_resident_sub_area_id_sub_area")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    op.create_index("ix_resident_household_id", "resident", ["household_id"], unique=False)
    op.create_index(
        "ix_resident_name",
        "resident",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index(
        "uq_resident_nik_index", "resident", ["nik_index"], unique=True, postgresql_where="vital_status = 1"
    )
    op.create_table(
        "data_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("received_by", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('access', 'correction')", name=op.f("ck_data_request_kind")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_data_request_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index(op.f("ix_data_request_resident_id"), "data_request", ["resident_id"], unique=False)
    op.create_table(
        "life_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deed_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("is_late", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("from_cell", sa.SmallInteger(), nullable=True),
        sa.Column("to_cell", sa.SmallInteger(), nullable=True),
        sa.Column("from_area_id", sa.Uuid(), nullable=True),
        sa.Column("to_area_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("version_after", sa.Integer(), server_default="1", nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_life_event_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_event")),
    )
    op.create_index("ix_life_event_deed_id", "life_event", ["deed_id"], unique=False)
    op.create_index("ix_life_event_month", "life_event", ["month"], unique=False)
    op.create_index("ix_life_event_resident_id", "life_event", ["resident_id"], unique=False)
    op.create_table(
        "resident_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_document_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_document")),
    )
    op.create_index(
        op.f("ix_resident_document_resident_id"), "resident_document", ["resident_id"], unique=False
    )
