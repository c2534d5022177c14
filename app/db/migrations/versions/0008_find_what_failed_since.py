"""Find what failed since an instant and still is failed, without reading all that finished since."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the failed jobs by their end."""
    is_failed = sa.text("state = 'failed'")
    op.create_index("ix_job_failed", "job", ["finished_at"], sqlite_where=is_failed, postgresql_where=is_failed)
