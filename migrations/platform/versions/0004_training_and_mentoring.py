"""mentoring and the help centre, beside training of the revision before

Revision: 0004_training_and_mentoring
After: 0003b_training
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_training_and_mentoring"
down_revision = "0003b_training"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "guide_article",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("pages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shipped_digest", sa.LargeBinary(), nullable=True),
        sa.Column("based_on", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', summary), 'B')"
                " || setweight(to_tsvector('simple', body), 'C')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "audience IN ('village', 'resident', 'province')", name=op.f("ck_guide_article_audience")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_guide_article_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_article")),
        schema="platform",
    )
    op.create_index(
        "ix_guide_article_pages",
        "guide_article",
        ["pages"],
        unique=False,
        schema="platform",
        postgresql_using="gin",
    )
    op.create_index("ix_guide_article_slug", "guide_article", ["slug"], unique=True, schema="platform")
    op.create_index(
        "ix_guide_article_words",
        "guide_article",
        ["words"],
        unique=False,
        schema="platform",
        postgresql_using="gin",
    )
    op.create_table(
        "guide_picture",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["platform.guide_article.id"],
            name=op.f("fk_guide_picture_article_id_guide_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_guide_picture")),
        schema="platform",
    )
    op.create_index(
        "ix_guide_picture_article_id", "guide_picture", ["article_id"], unique=False, schema="platform"
    )
    op.create_table(
        "guide_reading",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("useful", sa.Integer(), nullable=False),
        sa.Column("useless", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["platform.guide_article.id"],
            name=op.f("fk_guide_reading_article_id_guide_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "day", name=op.f("pk_guide_reading")),
        schema="platform",
    )
    op.create_table(
        "guide_remark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["platform.guide_article.id"],
            name=op.f("fk_guide_remark_article_id_guide_article"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_remark")),
        schema="platform",
    )
    op.create_index(
        "ix_guide_remark_article_id", "guide_remark", ["article_id"], unique=False, schema="platform"
    )
    op.create_table(
        "mentor",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["platform.account.id"],
            name=op.f("fk_mentor_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mentor")),
        schema="platform",
    )
    op.create_table(
        "mentoring_village_pin",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_mentoring_village_pin_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_mentoring_village_pin")),
        schema="platform",
    )
    op.create_table(
        "mentor_village",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentor_id"],
            ["platform.mentor.account_id"],
            name=op.f("fk_mentor_village_mentor_id_mentor"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_mentor_village_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_mentor_village")),
        schema="platform",
    )
    op.create_index(
        "ix_mentor_village_mentor_id", "mentor_village", ["mentor_id"], unique=False, schema="platform"
    )
    op.create_table(
        "mentoring_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=False, start=1001), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("page_path", sa.Text(), nullable=True),
        sa.Column("page_title", sa.Text(), nullable=True),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=True),
        sa.Column("village_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mentor_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("origin IN ('hand', 'village', 'rule')", name=op.f("ck_mentoring_case_origin")),
        sa.CheckConstraint(
            "priority IN ('low', 'normal', 'high', 'urgent')", name=op.f("ck_mentoring_case_priority")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'in_progress', 'waiting', 'solved', 'closed')",
            name=op.f("ck_mentoring_case_state"),
        ),
        sa.CheckConstraint("level IN (1, 2, 3)", name=op.f("ck_mentoring_case_level")),
        sa.ForeignKeyConstraint(
            ["mentor_id"],
            ["platform.mentor.account_id"],
            name=op.f("fk_mentoring_case_mentor_id_mentor"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_mentoring_case_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_case")),
        sa.UniqueConstraint("number", name=op.f("uq_mentoring_case_number")),
        schema="platform",
    )
    op.create_index(
        "ix_mentoring_case_mentor_id",
        "mentoring_case",
        ["mentor_id", "state"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_mentoring_case_rule",
        "mentoring_case",
        ["tenant_id", "rule"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("rule IS NOT NULL AND state <> 'closed' AND state <> 'solved'"),
    )
    op.create_index(
        "ix_mentoring_case_state", "mentoring_case", ["state", "due_at"], unique=False, schema="platform"
    )
    op.create_index(
        "ix_mentoring_case_tenant_id",
        "mentoring_case",
        ["tenant_id", "state"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "mentoring_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("side IN ('village', 'programme', 'rule')", name=op.f("ck_mentoring_entry_side")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["platform.mentoring_case.id"],
            name=op.f("fk_mentoring_entry_case_id_mentoring_case"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_entry")),
        schema="platform",
    )
    op.create_index(
        "ix_mentoring_entry_case_id", "mentoring_entry", ["case_id", "id"], unique=False, schema="platform"
    )
    op.create_table(
        "mentoring_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_name", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("kilometres", sa.Float(), nullable=True),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("photos", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("signed_way", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'held', 'signed', 'cancelled')", name=op.f("ck_mentoring_visit_state")
        ),
        sa.CheckConstraint("signed_way IN ('pin', 'account')", name=op.f("ck_mentoring_visit_signed_way")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["platform.mentoring_case.id"],
            name=op.f("fk_mentoring_visit_case_id_mentoring_case"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_mentoring_visit_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_visit")),
        schema="platform",
    )
    op.create_index(
        "ix_mentoring_visit_case_id", "mentoring_visit", ["case_id"], unique=False, schema="platform"
    )
    op.create_index(
        "ix_mentoring_visit_mentor_id",
        "mentoring_visit",
        ["mentor_id", "visited_on"],
        unique=False,
        schema="platform",
    )
    op.create_index(
        "ix_mentoring_visit_tenant_id",
        "mentoring_visit",
        ["tenant_id", "visited_on"],
        unique=False,
        schema="platform",
    )
