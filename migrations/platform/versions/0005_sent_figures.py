"""when a village sent figures last is found in an index of its own

Revision: 0005_sent_figures
After: 0004_training_and_mentoring
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_sent_figures"
down_revision = "0004_training_and_mentoring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    # Few figures are sent from outside, so the index is small: the table is read once, a second or two for millions.
    op.create_index(
        "ix_indicator_value_sent",
        "indicator_value",
        ["tenant_id", "as_of"],
        unique=False,
        schema="platform",
        postgresql_include=["code"],
        postgresql_where=sa.text("source <> 'siger'"),
    )
