"""Say of each attempt which code ran and what it took, and of progress how often it is reported."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what ran before, nobody measured."""
    for table in ("job", "attempt"):
        op.add_column(table, sa.Column("code_version", sa.String(), nullable=True))
        op.add_column(table, sa.Column("cpu_seconds", sa.Float(), nullable=True))
        op.add_column(table, sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("progress_eta", sa.Float(), nullable=True))
    op.add_column("job", sa.Column("progress_gap", sa.Float(), nullable=True))
