"""Give schedules rules, policies and pauses of their own, and say of every instant what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and the two tables; what schedules started so far becomes their first fires."""
    with op.batch_alter_table("schedule", table_kwargs={"sqlite_autoincrement": True}) as schedule:
        schedule.alter_column("declared_cron", existing_type=sa.String(), nullable=True)
        schedule.alter_column("declared_timezone", existing_type=sa.String(), nullable=True)
        schedule.drop_column("is_enabled")
        schedule.add_column(sa.Column("name", sa.String(), server_default="", nullable=False))
        schedule.add_column(sa.Column("every_seconds", sa.Integer(), nullable=True))
        schedule.add_column(sa.Column("is_aligned", sa.Boolean(), server_default=sa.text("true"), nullable=False))
        schedule.add_column(sa.Column("at", sa.BigInteger(), nullable=True))
        schedule.add_column(sa.Column("exclude", sa.JSON(), server_default="[]", nullable=False))
        schedule.add_column(sa.Column("not_between", sa.JSON(), server_default="[]", nullable=False))
        schedule.add_column(sa.Column("misfire", sa.String(), server_default="once", nullable=False))
        schedule.add_column(sa.Column("misfire_after_seconds", sa.Integer(), server_default="60", nullable=False))
        schedule.add_column(sa.Column("overlap", sa.String(), server_default="allow", nullable=False))
        schedule.add_column(sa.Column("late_after_seconds", sa.Integer(), nullable=True))
        schedule.add_column(sa.Column("pause_after_failures", sa.Integer(), nullable=True))
        for name in ("failures_counted_from", "paused_at", "paused_until", "deleted_at"):
            schedule.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        for name in ("paused_by", "paused_reason"):
            schedule.add_column(sa.Column(name, sa.String(), nullable=True))
        schedule.add_column(sa.Column("created_by", sa.String(), server_default="", nullable=False))
    op.create_index("ix_schedule_next_at", "schedule", ["next_at"])
    op.create_index("ix_schedule_version", "schedule", ["version"])
    op.create_table(
        "fire",
        sa.Column("id", _ID, nullable=False),
        sa.Column("schedule_id", _ID, nullable=False),
        sa.Column("instant", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("job_id", _ID, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("schedule_id", "instant"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fire_decided_at", "fire", ["decided_at"])
    waits = sa.text("outcome = 'waiting'")
    op.create_index("ix_fire_waiting", "fire", ["schedule_id"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "schedule_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("schedule_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_kind", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_schedule_change_schedule_id", "schedule_change", ["schedule_id", "id"])
    unfinished = sa.text("schedule_id IS NOT NULL AND finished_at IS NULL")
    op.create_index(
        "ix_job_schedule_unfinished", "job", ["schedule_id"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    op.execute(
        "INSERT INTO fire (schedule_id, instant, outcome, reason, job_id, decided_at) "
        "SELECT schedule_id, scheduled_for, 'started', '', id, created_at FROM job "
        "WHERE schedule_id IS NOT NULL AND scheduled_for IS NOT NULL"
    )
