"""Remember that a job is to be stopped by force, and which threads were abandoned."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("job", sa.Column("force_requested_at", sa.BigInteger(), nullable=True))
    op.add_column("process", sa.Column("abandoned", sa.Integer(), server_default="0", nullable=False))
