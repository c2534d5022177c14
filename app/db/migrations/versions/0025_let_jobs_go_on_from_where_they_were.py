"""Keep what jobs save for their next attempt, the children that are started once, and who waits for its children."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables and a column, and find at once whether a job still waits for another."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("job", sa.Column("aside_since", sa.BigInteger(), nullable=True))
    op.create_table(
        "checkpoint",
        sa.Column("job_id", big_id, sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
    )
    op.create_table(
        "child_batch",
        sa.Column("id", big_id, nullable=False),
        sa.Column("parent_id", big_id, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("child_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("parent_id", "name"),
    )
    op.drop_index("ix_continuation_job_id", "continuation")
    op.create_index("ix_continuation_job_id_standing", "continuation", ["job_id", "standing"])
