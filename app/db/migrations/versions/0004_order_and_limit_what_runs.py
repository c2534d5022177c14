"""Priority, children, unique keys, queue pauses and idempotency keys; indexes hold only the rows they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_REPLACED = (
    ("ix_job_started_at_id", ["started_at", "id"], "started_at IS NOT NULL", False),
    ("ix_job_finished_at_id", ["finished_at", "id"], "finished_at IS NOT NULL", False),
    ("ix_job_run_seconds_id", ["run_seconds", "id"], "run_seconds IS NOT NULL", False),
    ("ix_job_schedule_id_scheduled_for", ["schedule_id", "scheduled_for"], "schedule_id IS NOT NULL", True),
)
_ADDED = (
    ("ix_job_queued", ["sent_at", "id"], "state = 'queued'", False),
    ("ix_job_due", ["run_at"], "state IN ('scheduled', 'retrying')", False),
    ("ix_job_parent_id", ["parent_id", "id"], "parent_id IS NOT NULL", False),
    ("ix_job_unique_key", ["kind", "unique_key"], "unique_key IS NOT NULL AND finished_at IS NULL", True),
)


def upgrade() -> None:
    """Add the columns, exchange the indexes, make the two tables."""
    op.add_column("job", sa.Column("priority", sa.String(), server_default="normal", nullable=False))
    op.add_column("job", sa.Column("is_alone", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("job", sa.Column("unique_key", sa.String(), nullable=True))
    op.add_column("job", sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.drop_column("process", "broker_id")
    op.drop_index("ix_job_state_run_at", "job")
    for name, *_ in _REPLACED:
        op.drop_index(name, "job")
    for name, columns, where, is_unique in (*_REPLACED, *_ADDED):
        condition = sa.text(where)
        op.create_index(name, "job", columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "queue_pause",
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=False),
        sa.Column("paused_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("queue"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("created_by", "kind", "key"),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])
