"""Keep when the next instant of a schedule was computed, and by how much the clocks of processes differ."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. The sum of the versions is asked for no more, so its index goes."""
    op.add_column("schedule", sa.Column("moved_at", sa.BigInteger(), nullable=True))
    op.drop_index("ix_schedule_version", "schedule")
    op.create_index("ix_schedule_moved_at", "schedule", ["moved_at"])
    op.add_column("process", sa.Column("clock_ahead_seconds", sa.Float(), nullable=True))
