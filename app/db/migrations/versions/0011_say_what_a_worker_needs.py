"""Say of each process how much memory and time it uses, and what it was asked to do."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; processes of the version before leave them as they are."""
    op.add_column("process", sa.Column("memory_bytes", sa.BigInteger(), nullable=True))
    op.add_column("process", sa.Column("busy_ratio", sa.Float(), server_default="0", nullable=False))
    op.add_column("process", sa.Column("asked", sa.String(), server_default="", nullable=False))
    op.add_column("process", sa.Column("asked_by", sa.String(), server_default="", nullable=False))
