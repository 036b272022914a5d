"""villages come aboard, and what happens to them later: applications, invitations, domains, copies, archives, deeds

Revision: 0006_onboarding_and_life
After: 0005_sent_figures
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_onboarding_and_life"
down_revision = "0005_sent_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "approval_rule",
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN (1, 2, 3)", name=op.f("ck_approval_rule_level")),
        sa.PrimaryKeyConstraint("region_code", name=op.f("pk_approval_rule")),
        schema="platform",
    )
    op.create_table(
        "blocked_applicant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('email', 'phone')", name=op.f("ck_blocked_applicant_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_applicant")),
        sa.UniqueConstraint("value", name=op.f("uq_blocked_applicant_value")),
        schema="platform",
    )
    op.create_table(
        "bulk_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column(
            "header", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reading', 'refused', 'ready', 'started')", name=op.f("ck_bulk_run_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
        schema="platform",
    )
    op.create_index("ix_bulk_run_digest", "bulk_run", ["digest"], unique=False, schema="platform")
    op.create_index(
        "ix_bulk_run_region_code", "bulk_run", ["region_code", "created_at"], unique=False, schema="platform"
    )
    op.create_table(
        "deletion_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_deletion_numbers")),
        schema="platform",
    )
    op.create_table(
        "invitation_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("letter_number", sa.Text(), nullable=False),
        sa.Column("letter_date", sa.Date(), nullable=False),
        sa.Column("signatory_name", sa.Text(), nullable=False),
        sa.Column("signatory_title", sa.Text(), nullable=False),
        sa.Column("signatory_nip", sa.Text(), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column(
            "print_files",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("zip_file_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_batch")),
        schema="platform",
    )
    op.create_index(
        "ix_invitation_batch_region_code",
        "invitation_batch",
        ["region_code", "created_at"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("token_version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("applicant_name", sa.Text(), nullable=False),
        sa.Column("applicant_title", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirm_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.Text(), server_default=sa.text("'id'"), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("letter_file_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provisioned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("route IN ('self', 'invitation', 'bulk')", name=op.f("ck_application_route")),
        sa.CheckConstraint(
            "state IN ('draft', 'confirming', 'submitted', 'returned', 'approved', 'provisioned', 'live',"
            " 'rejected', 'withdrawn', 'outrun', 'expired')",
            name=op.f("ck_application_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_application_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_application_token_digest")),
        schema="platform",
    )
    op.create_index(
        "ix_application_email",
        "application",
        ["email"],
        unique=False,
        schema="platform",
        postgresql_where=sa.text("email <> ''"),
    )
    op.create_index(
        "ix_application_state", "application", ["state", "state_since"], unique=False, schema="platform"
    )
    op.create_index(
        "ix_application_tenant_id", "application", ["tenant_id", "state"], unique=False, schema="platform"
    )
    op.create_index(
        "uq_application_slug",
        "application",
        ["slug"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("state IN ('submitted', 'returned', 'approved') AND slug IS NOT NULL"),
    )
    op.create_index(
        "uq_application_village",
        "application",
        ["tenant_id"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("state IN ('submitted', 'returned', 'approved')"),
    )
    op.create_table(
        "bulk_row",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('', 'waiting', 'done', 'passed', 'failed')", name=op.f("ck_bulk_row_outcome")
        ),
        sa.CheckConstraint("verdict IN ('ok', 'warning', 'error')", name=op.f("ck_bulk_row_verdict")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["platform.bulk_run.id"], name=op.f("fk_bulk_row_run_id_bulk_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_bulk_row")),
        schema="platform",
    )
    op.create_index("ix_bulk_row_tenant_id", "bulk_row", ["tenant_id"], unique=False, schema="platform")
    op.create_table(
        "domain_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("method IN ('', 'dns', 'file')", name=op.f("ck_domain_claim_method")),
        sa.CheckConstraint(
            "state IN ('waiting', 'proved', 'doubted', 'expired', 'lost')", name=op.f("ck_domain_claim_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_domain_claim_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_claim")),
        schema="platform",
    )
    op.create_index(
        "ix_domain_claim_next_check_at", "domain_claim", ["next_check_at"], unique=False, schema="platform"
    )
    op.create_index(
        "uq_domain_claim_served",
        "domain_claim",
        ["host"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("state IN ('proved', 'doubted')"),
    )
    op.create_index(
        "uq_domain_claim_tenant_host", "domain_claim", ["tenant_id", "host"], unique=True, schema="platform"
    )
    op.create_table(
        "life_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("sent_to", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_life_notice_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_notice")),
        schema="platform",
    )
    op.create_index(
        op.f("ix_life_notice_tenant_id"), "life_notice", ["tenant_id"], unique=False, schema="platform"
    )
    op.create_table(
        "onboarding_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("letter_file_id", sa.Uuid(), nullable=True),
        sa.Column("letter_version", sa.Integer(), nullable=False),
        sa.Column("mailed_version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("application_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["platform.invitation_batch.id"],
            name=op.f("fk_onboarding_invitation_batch_id_invitation_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_onboarding_invitation_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onboarding_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_onboarding_invitation_token_digest")),
        schema="platform",
    )
    op.create_index(
        "ix_onboarding_invitation_batch_id",
        "onboarding_invitation",
        ["batch_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_onboarding_invitation_expires_at",
        "onboarding_invitation",
        ["expires_at"],
        unique=False,
        schema="platform",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_onboarding_invitation_tenant_id",
        "onboarding_invitation",
        ["tenant_id", "created_at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "uq_onboarding_invitation_living",
        "onboarding_invitation",
        ["tenant_id"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "side_schema",
        sa.Column("schema_name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("made_by", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("drop_after", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('comparison', 'check', 'replaced')", name=op.f("ck_side_schema_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_side_schema_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("schema_name", name=op.f("pk_side_schema")),
        schema="platform",
    )
    op.create_index(
        op.f("ix_side_schema_tenant_id"), "side_schema", ["tenant_id"], unique=False, schema="platform"
    )
    op.create_index(
        "uq_side_schema_comparison",
        "side_schema",
        ["tenant_id"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("kind = 'comparison'"),
    )
    op.create_table(
        "village_archive",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("files", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("downloads", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("asked_on IN ('province', 'village')", name=op.f("ck_village_archive_asked_on")),
        sa.CheckConstraint(
            "state IN ('waiting', 'making', 'ready', 'failed', 'expired')",
            name=op.f("ck_village_archive_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_archive_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_archive")),
        schema="platform",
    )
    op.create_index(
        "ix_village_archive_state",
        "village_archive",
        ["state", "expires_at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_village_archive_tenant_id",
        "village_archive",
        ["tenant_id", "created_at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "uq_village_archive_under_way",
        "village_archive",
        ["tenant_id"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("state IN ('waiting', 'making')"),
    )
    op.create_table(
        "village_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("tables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verify_result", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('nightly', 'hand', 'before_restore', 'before_deletion')",
            name=op.f("ck_village_copy_kind"),
        ),
        sa.CheckConstraint("state IN ('ready', 'failed')", name=op.f("ck_village_copy_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_copy_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_copy")),
        schema="platform",
    )
    op.create_index(
        "ix_village_copy_object_id", "village_copy", ["object_id"], unique=False, schema="platform"
    )
    op.create_index(
        "ix_village_copy_tenant_id",
        "village_copy",
        ["tenant_id", "taken_at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_village_copy_verified_at", "village_copy", ["verified_at"], unique=False, schema="platform"
    )
    op.create_table(
        "village_deed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("other_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("regulation", sa.Text(), server_default="", nullable=False),
        sa.Column("regulation_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("ended_by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('split', 'merge', 'deletion')", name=op.f("ck_village_deed_kind")),
        sa.CheckConstraint(
            "state IN ('counting', 'ready', 'running', 'waiting', 'grace', 'done', 'failed', 'cancelled')",
            name=op.f("ck_village_deed_state"),
        ),
        sa.ForeignKeyConstraint(
            ["other_tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_deed_other_tenant_id_tenant")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_deed_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_deed")),
        schema="platform",
    )
    op.create_index(
        "ix_village_deed_other_tenant_id",
        "village_deed",
        ["other_tenant_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_village_deed_state", "village_deed", ["state", "due_at"], unique=False, schema="platform"
    )
    op.create_index(
        "ix_village_deed_tenant_id",
        "village_deed",
        ["tenant_id", "created_at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "uq_village_deed_open",
        "village_deed",
        ["tenant_id"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("state IN ('counting', 'ready', 'running', 'waiting', 'grace')"),
    )
    op.create_table(
        "village_health",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("last_copy_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("files_bytes", sa.BigInteger(), nullable=False),
        sa.Column("files_count", sa.Integer(), nullable=False),
        sa.Column("tables_bytes", sa.BigInteger(), nullable=False),
        sa.Column("failed_jobs", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_health_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_village_health")),
        schema="platform",
    )
    op.create_index(
        op.f("ix_village_health_last_copy_at"),
        "village_health",
        ["last_copy_at"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "village_past",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("deed_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("district_name", sa.Text(), nullable=False),
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("regency_name", sa.Text(), nullable=False),
        sa.Column("used_from", sa.Date(), nullable=True),
        sa.Column("used_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("regulation", sa.Text(), server_default="", nullable=False),
        sa.Column("regulation_on", sa.Date(), nullable=True),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_past_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_past")),
        schema="platform",
    )
    op.create_index("ix_village_past_code", "village_past", ["code"], unique=False, schema="platform")
    op.create_index("ix_village_past_deed_id", "village_past", ["deed_id"], unique=False, schema="platform")
    op.create_index(
        "ix_village_past_tenant_id",
        "village_past",
        ["tenant_id", "created_at"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "village_setup",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("first_week", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("done", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_setup_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_village_setup")),
        schema="platform",
    )
    op.create_index("ix_village_setup_live_at", "village_setup", ["live_at"], unique=False, schema="platform")
    op.create_table(
        "application_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["platform.application.id"],
            name=op.f("fk_application_event_application_id_application"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_event")),
        schema="platform",
    )
    op.create_index(
        "ix_application_event_application_id",
        "application_event",
        ["application_id", "at"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_application_event_kind", "application_event", ["kind", "at"], unique=False, schema="platform"
    )
    op.create_table(
        "deletion_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deed_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("number_text", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deed_id"],
            ["platform.village_deed.id"],
            name=op.f("fk_deletion_certificate_deed_id_village_deed"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_deletion_certificate_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_certificate")),
        sa.UniqueConstraint("deed_id", name=op.f("uq_deletion_certificate_deed_id")),
        sa.UniqueConstraint("token", name=op.f("uq_deletion_certificate_token")),
        schema="platform",
    )
    op.create_index(
        op.f("ix_deletion_certificate_tenant_id"),
        "deletion_certificate",
        ["tenant_id"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "uq_deletion_certificate_year_number",
        "deletion_certificate",
        ["year", "number"],
        unique=True,
        schema="platform",
    )
    op.add_column("audit_chain", sa.Column("origin_id", sa.Uuid(), nullable=True), schema="platform")
    op.add_column(
        "domain", sa.Column("kind", sa.Text(), server_default="label", nullable=False), schema="platform"
    )
    op.add_column(
        "domain", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True), schema="platform"
    )
    op.create_index(
        "uq_domain_primary",
        "domain",
        ["tenant_id"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("is_primary"),
    )
    op.create_index(
        "ix_job_item_failed",
        "job_item",
        ["tenant_id", "finished_at"],
        unique=False,
        schema="platform",
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.add_column("tenant", sa.Column("own_host", sa.Text(), nullable=True), schema="platform")
    op.add_column("tenant", sa.Column("moved_to", sa.Text(), nullable=True), schema="platform")
