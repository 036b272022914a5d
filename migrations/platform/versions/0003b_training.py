"""training: programmes, events, participants, the door, tests, certificates

Revision: 0003b_training
After: 0003_province_eyes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003b_training"
down_revision = "0003_province_eyes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "training_calendar_feed",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_training_calendar_feed")),
        schema="platform",
    )
    op.create_index(
        "ix_training_calendar_feed_account_id",
        "training_calendar_feed",
        ["account_id"],
        unique=True,
        schema="platform",
    )
    op.create_table(
        "training_certificate_numbers",
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region_code", "year", name=op.f("pk_training_certificate_numbers")),
        schema="platform",
    )
    op.create_table(
        "training_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search_name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("nik_index", sa.LargeBinary(), nullable=True),
        sa.Column("nik_end", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("ck_training_person_sex")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_person")),
        schema="platform",
    )
    op.create_index(
        "ix_training_person_nik_index", "training_person", ["nik_index"], unique=True, schema="platform"
    )
    op.create_index(
        "ix_training_person_search_name", "training_person", ["search_name"], unique=False, schema="platform"
    )
    op.create_table(
        "training_programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_programme")),
        schema="platform",
    )
    op.create_index(
        "ix_training_programme_region_code",
        "training_programme",
        ["region_code"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("pillar", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("right", sa.SmallInteger(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "pillar IN ('government', 'economy', 'people', 'adoption')",
            name=op.f("ck_training_question_pillar"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_question")),
        schema="platform",
    )
    op.create_index(
        "ix_training_question_region_code",
        "training_question",
        ["region_code", "pillar"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_speaker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_speaker")),
        schema="platform",
    )
    op.create_index(
        "ix_training_speaker_region_code",
        "training_speaker",
        ["region_code"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_venue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_venue")),
        schema="platform",
    )
    op.create_index(
        "ix_training_venue_region_code", "training_venue", ["region_code"], unique=False, schema="platform"
    )
    op.create_table(
        "training_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("registration_until", sa.Date(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("per_village", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bimtek', 'socialisation', 'cadre_training', 'study_visit')",
            name=op.f("ck_training_event_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'open', 'done', 'cancelled')", name=op.f("ck_training_event_state")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_training_event_days")),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["platform.training_programme.id"],
            name=op.f("fk_training_event_programme_id_training_programme"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["venue_id"],
            ["platform.training_venue.id"],
            name=op.f("fk_training_event_venue_id_training_venue"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_event")),
        schema="platform",
    )
    op.create_index(
        "ix_training_event_region_code",
        "training_event",
        ["region_code", "starts_on"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_event_starts_on", "training_event", ["starts_on"], unique=False, schema="platform"
    )
    op.create_table(
        "training_cost",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_training_cost_amount")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_cost_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_cost")),
        schema="platform",
    )
    op.create_index(
        "ix_training_cost_event_id", "training_cost", ["event_id"], unique=False, schema="platform"
    )
    op.create_table(
        "training_evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("ratings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("speakers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("liked", sa.Text(), nullable=False),
        sa.Column("wished", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_evaluation_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_evaluation")),
        schema="platform",
    )
    op.create_index(
        "ix_training_evaluation_event_id",
        "training_evaluation",
        ["event_id"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose IN ('document', 'material')", name=op.f("ck_training_file_purpose")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_file_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_file")),
        schema="platform",
    )
    op.create_index(
        "ix_training_file_event_id", "training_file", ["event_id"], unique=False, schema="platform"
    )
    op.create_table(
        "training_invitation",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("letter_number", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answer_reason", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answer IN ('none', 'coming', 'declined')", name=op.f("ck_training_invitation_answer")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_invitation_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_training_invitation_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "tenant_id", name=op.f("pk_training_invitation")),
        schema="platform",
    )
    op.create_index(
        "ix_training_invitation_tenant_id",
        "training_invitation",
        ["tenant_id", "event_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_invitation_token_digest",
        "training_invitation",
        ["token_digest"],
        unique=True,
        schema="platform",
    )
    op.create_table(
        "training_participant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("is_official", sa.Boolean(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "seat IN ('registered', 'waiting', 'replaced', 'cancelled')",
            name=op.f("ck_training_participant_seat"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_participant_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["platform.training_person.id"],
            name=op.f("fk_training_participant_person_id_training_person"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_training_participant_tenant_id_tenant"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_participant")),
        sa.UniqueConstraint("event_id", "person_id", name="uq_training_participant_event_id_person_id"),
        schema="platform",
    )
    op.create_index(
        "ix_training_participant_event_id",
        "training_participant",
        ["event_id", "seat", "district_code"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_participant_person_id",
        "training_participant",
        ["person_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_participant_tenant_id",
        "training_participant",
        ["tenant_id", "event_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_participant_token", "training_participant", ["token"], unique=True, schema="platform"
    )
    op.create_table(
        "training_quota",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_training_quota_seats")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_quota_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "region_code", name=op.f("pk_training_quota")),
        schema="platform",
    )
    op.create_table(
        "training_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pillar", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "pillar IN ('government', 'economy', 'people', 'adoption')",
            name=op.f("ck_training_session_pillar"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_training_session_hours")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_session_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
        schema="platform",
    )
    op.create_index(
        "ix_training_session_event_id",
        "training_session",
        ["event_id", "starts_at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_session_starts_at", "training_session", ["starts_at"], unique=False, schema="platform"
    )
    op.create_table(
        "training_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("done_note", sa.Text(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_training_task_state")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_task_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_training_task_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_task")),
        schema="platform",
    )
    op.create_index("ix_training_task_due_on", "training_task", ["due_on"], unique=False, schema="platform")
    op.create_index(
        "ix_training_task_event_id", "training_task", ["event_id"], unique=False, schema="platform"
    )
    op.create_index(
        "ix_training_task_tenant_id",
        "training_task",
        ["tenant_id", "state", "due_on"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_test",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pass_mark", sa.SmallInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("phase IN ('pre', 'post')", name=op.f("ck_training_test_phase")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_test_event_id_training_event"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_test")),
        sa.UniqueConstraint("event_id", "phase", name="uq_training_test_event_id_phase"),
        schema="platform",
    )
    op.create_table(
        "training_answers",
        sa.Column("test_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("right_count", sa.SmallInteger(), nullable=False),
        sa.Column("question_count", sa.SmallInteger(), nullable=False),
        sa.Column("is_paper", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["platform.training_participant.id"],
            name=op.f("fk_training_answers_participant_id_training_participant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["platform.training_test.id"],
            name=op.f("fk_training_answers_test_id_training_test"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("test_id", "participant_id", name=op.f("pk_training_answers")),
        schema="platform",
    )
    op.create_index(
        "ix_training_answers_participant_id",
        "training_answers",
        ["participant_id"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_attendance",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source IN ('scan', 'search', 'walk_in', 'self', 'sheet')",
            name=op.f("ck_training_attendance_source"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["platform.training_participant.id"],
            name=op.f("fk_training_attendance_participant_id_training_participant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["platform.training_session.id"],
            name=op.f("fk_training_attendance_session_id_training_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "participant_id", name=op.f("pk_training_attendance")),
        schema="platform",
    )
    op.create_index(
        "ix_training_attendance_participant_id",
        "training_attendance",
        ["participant_id"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "training_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("number_text", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('numbered', 'made', 'revoked')", name=op.f("ck_training_certificate_state")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["platform.training_event.id"],
            name=op.f("fk_training_certificate_event_id_training_event"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["platform.training_participant.id"],
            name=op.f("fk_training_certificate_participant_id_training_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_certificate")),
        sa.UniqueConstraint("participant_id", name="uq_training_certificate_participant_id"),
        sa.UniqueConstraint(
            "region_code", "year", "number", name="uq_training_certificate_region_code_year_number"
        ),
        schema="platform",
    )
    op.create_index(
        "ix_training_certificate_event_id",
        "training_certificate",
        ["event_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_training_certificate_token", "training_certificate", ["token"], unique=True, schema="platform"
    )
    op.create_table(
        "training_evaluated",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["platform.training_participant.id"],
            name=op.f("fk_training_evaluated_participant_id_training_participant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_training_evaluated")),
        schema="platform",
    )
    op.create_table(
        "training_material_opening",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["platform.training_file.id"],
            name=op.f("fk_training_material_opening_file_id_training_file"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_training_material_opening_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", "tenant_id", name=op.f("pk_training_material_opening")),
        schema="platform",
    )
    op.create_table(
        "training_session_speaker",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("speaker_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["platform.training_session.id"],
            name=op.f("fk_training_session_speaker_session_id_training_session"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"],
            ["platform.training_speaker.id"],
            name=op.f("fk_training_session_speaker_speaker_id_training_speaker"),
        ),
        sa.PrimaryKeyConstraint("session_id", "speaker_id", name=op.f("pk_training_session_speaker")),
        schema="platform",
    )
    op.create_index(
        "ix_training_session_speaker_speaker_id",
        "training_session_speaker",
        ["speaker_id"],
        unique=False,
        schema="platform",
    )
