"""Let jobs wait until a second person agrees."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: who has to agree, and who did."""
    op.add_column("job", sa.Column("approve_role", sa.String(), nullable=True))
    op.add_column("job", sa.Column("approved_at", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("approved_by", sa.String(), nullable=True))
