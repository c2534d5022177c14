"""Remember when a delay began: where the clock was set back meanwhile, it begins again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index. Of what waits already it is not known: that comes when its time has come."""
    op.add_column("job", sa.Column("delay_began_at", sa.BigInteger(), nullable=True))
    waits = sa.text("state IN ('scheduled', 'retrying')")
    op.create_index("ix_job_delay_began_at", "job", ["delay_began_at"], sqlite_where=waits, postgresql_where=waits)
