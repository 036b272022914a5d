"""medians keep their buckets

Revision: 0002_medians
After: 0001_foundation
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_medians"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column(
        "indicator_value",
        sa.Column("buckets", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        schema="platform",
    )
