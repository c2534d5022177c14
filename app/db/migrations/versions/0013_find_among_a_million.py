"""Find jobs by when they were started and by queue, and make room for an index of their texts.

The index itself is made in the background (`app.db.text_index`): for a million jobs that takes minutes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the jobs, and note what an index of texts has."""
    is_cut = sa.text("length(search_text) >= 20000")
    op.create_index("ix_job_created_at_id", "job", ["created_at", "id"])
    op.create_index("ix_job_queue_id", "job", ["queue", "id"])
    op.create_index("ix_job_long_text", "job", ["id"], sqlite_where=is_cut, postgresql_where=is_cut)
    op.create_table(
        "text_index",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("last_transition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
    )
    # Their error was not in what is searchable of them: their worker had died.
    op.execute(
        "UPDATE job "
        "SET search_text = substr(search_text || ' ' || lower(error_type || ' ' || error_message), 1, 20000) "
        "WHERE state = 'failed' AND error_type IN ('WorkerDied', 'WorkerStopped') AND error_message IS NOT NULL"
    )
