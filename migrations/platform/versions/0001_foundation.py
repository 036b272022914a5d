"""registry, accounts, audit, indicators

Revision: 0001_foundation
After:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""

    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery_hashes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        schema="platform",
    )
    op.create_table(
        "audit_chain",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sealed_digest", sa.LargeBinary(), nullable=True),
        sa.Column("copied_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_audit_chain")),
        schema="platform",
    )
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        schema="platform",
        info={"platform": ("SELECT", "INSERT")},
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False, schema="platform")
    op.create_index(
        "ix_audit_entry_tenant_id", "audit_entry", ["tenant_id", "at"], unique=False, schema="platform"
    )
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
        schema="platform",
        info={"platform": ("SELECT", "INSERT")},
    )
    op.create_table(
        "indicator_value",
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=True),
        sa.Column("denominator", sa.Float(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("period", "tenant_id", "code", name=op.f("pk_indicator_value")),
        schema="platform",
    )
    op.create_index(
        "ix_indicator_value_code_period",
        "indicator_value",
        ["code", "period"],
        unique=False,
        schema="platform",
        postgresql_include=["tenant_id", "value"],
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        schema="platform",
    )
    op.create_index("ix_job_run_created_at", "job_run", ["created_at"], unique=False, schema="platform")
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        schema="platform",
    )
    op.create_table(
        "schedule_slot",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_slot", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule_slot")),
        schema="platform",
    )
    op.create_index("ix_outbox_available_at", "outbox", ["available_at"], unique=False, schema="platform")
    op.create_table(
        "region",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
        schema="platform",
        info={"village": ("SELECT",)},
    )
    op.create_index("ix_region_parent_code", "region", ["parent_code"], unique=False, schema="platform")
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        schema="platform",
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("regency_name", sa.Text(), nullable=False),
        sa.Column("district_name", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_before", sa.Text(), nullable=True),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("schema_name", sa.Text(), nullable=True),
        sa.Column("role_name", sa.Text(), nullable=True),
        sa.Column("modules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("provisioned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('desa', 'kelurahan')", name=op.f("ck_tenant_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("code", name=op.f("uq_tenant_code")),
        sa.UniqueConstraint("role_name", name=op.f("uq_tenant_role_name")),
        sa.UniqueConstraint("schema_name", name=op.f("uq_tenant_schema_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
        schema="platform",
    )
    op.create_index(
        "ix_tenant_regency_code",
        "tenant",
        ["regency_code", "district_code", "name"],
        unique=False,
        schema="platform",
    )
    op.create_index("ix_tenant_state", "tenant", ["state"], unique=False, schema="platform")
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["platform.account.id"],
            name=op.f("fk_api_token_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_api_token_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_api_token_token_digest")),
        schema="platform",
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"], unique=False, schema="platform")
    op.create_table(
        "domain",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_domain_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_domain")),
        schema="platform",
    )
    op.create_index(op.f("ix_domain_tenant_id"), "domain", ["tenant_id"], unique=False, schema="platform")
    op.create_table(
        "job_item",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_job_item_state")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["platform.job_run.id"], name=op.f("fk_job_item_job_id_job_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_job_item_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("job_id", "tenant_id", name=op.f("pk_job_item")),
        schema="platform",
    )
    op.create_index(op.f("ix_job_item_tenant_id"), "job_item", ["tenant_id"], unique=False, schema="platform")
    op.create_table(
        "single_use_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('invitation', 'password_reset', 'crossing')",
            name=op.f("ck_single_use_token_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["platform.account.id"],
            name=op.f("fk_single_use_token_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_single_use_token")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_single_use_token_token_digest")),
        schema="platform",
    )
    op.create_index(
        "ix_single_use_token_expires_at", "single_use_token", ["expires_at"], unique=False, schema="platform"
    )
    op.create_table(
        "support_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["platform.account.id"], name=op.f("fk_support_visit_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_support_visit_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_visit")),
        schema="platform",
    )
    op.create_index(
        "ix_support_visit_tenant_id",
        "support_visit",
        ["tenant_id", "started_at"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "tenant_schema",
        sa.Column("schema_name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("migrated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status IN ('ready', 'failed')", name=op.f("ck_tenant_schema_status")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_tenant_schema_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("schema_name", name=op.f("pk_tenant_schema")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_tenant_schema_tenant_id")),
        schema="platform",
    )
    op.create_index(
        "ix_tenant_schema_revision", "tenant_schema", ["revision"], unique=False, schema="platform"
    )
    op.create_table(
        "village_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_village_role_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_role")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_village_role_tenant_id_name")),
        schema="platform",
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("village_role_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("invited_name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(tenant_id IS NULL) <> (region_code IS NULL)", name=op.f("ck_membership_place")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["platform.account.id"],
            name=op.f("fk_membership_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_membership_tenant_id_tenant")
        ),
        sa.ForeignKeyConstraint(
            ["village_role_id"],
            ["platform.village_role.id"],
            name=op.f("fk_membership_village_role_id_village_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        schema="platform",
    )
    op.create_index("ix_membership_account_id", "membership", ["account_id"], unique=False, schema="platform")
    op.create_index("ix_membership_tenant_id", "membership", ["tenant_id"], unique=False, schema="platform")
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("support_visit_id", sa.Uuid(), nullable=True),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["platform.account.id"],
            name=op.f("fk_sign_in_session_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["support_visit_id"],
            ["platform.support_visit.id"],
            name=op.f("fk_sign_in_session_support_visit_id_support_visit"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_sign_in_session_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_in_session_token_digest")),
        schema="platform",
    )
    op.create_index(
        "ix_sign_in_session_account_id", "sign_in_session", ["account_id"], unique=False, schema="platform"
    )
