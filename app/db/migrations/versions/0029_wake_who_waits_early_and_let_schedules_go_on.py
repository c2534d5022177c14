"""Keep how many of those that a job waits for have to succeed, and what schedules start after their jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three columns."""
    op.add_column("job", sa.Column("aside_least", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("aside_succeeded", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("schedule", sa.Column("followed_by", sa.JSON(), nullable=False, server_default="[]"))
