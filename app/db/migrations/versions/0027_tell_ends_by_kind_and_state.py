"""Let the index of ends say kind and state, too: what rules of retention would remove is counted in it alone."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0029"
branch_labels = None
depends_on = None

_IS_FINISHED = sa.text("finished_at IS NOT NULL")


def upgrade() -> None:
    """Make the index anew: of a million jobs some seconds."""
    op.drop_index("ix_job_finished_at_id", "job")
    op.create_index(
        "ix_job_finished_at_id",
        "job",
        ["finished_at", "id", "kind", "state"],
        sqlite_where=_IS_FINISHED,
        postgresql_where=_IS_FINISHED,
    )
