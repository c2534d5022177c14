"""Find what waits in a queue, and since when, without reading the jobs of others."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the queued jobs by their queue."""
    is_queued = sa.text("state = 'queued'")
    op.create_index("ix_job_waiting", "job", ["queue", "queued_at"], sqlite_where=is_queued, postgresql_where=is_queued)
