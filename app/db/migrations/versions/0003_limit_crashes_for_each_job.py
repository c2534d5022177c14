"""Limit crashes for each job; find what changed since an instant."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the limit, ten for the jobs that are there, and the index by time."""
    op.add_column("job", sa.Column("max_crashes", sa.Integer(), server_default="10", nullable=False))
    op.create_index("ix_transition_at_id", "transition", ["at", "id"], unique=False)
