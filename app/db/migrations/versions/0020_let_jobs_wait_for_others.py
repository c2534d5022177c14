"""Let jobs wait for others to end."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and a table of who waits for whom."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("job", sa.Column("after_ids", sa.JSON(), nullable=True))
    op.add_column("job", sa.Column("after_when", sa.String(), nullable=True))
    op.add_column("job", sa.Column("not_before", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("has_followers", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "continuation",
        sa.Column("parent_id", big_id, primary_key=True),
        sa.Column("job_id", big_id, sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("standing", sa.String(), nullable=False),
    )
    op.create_index("ix_continuation_job_id", "continuation", ["job_id"])
