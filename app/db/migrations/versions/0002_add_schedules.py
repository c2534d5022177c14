"""Add schedules, and to each job which schedule started it for which instant."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add schedules."""
    op.create_table(
        "schedule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("declared_cron", sa.String(), nullable=False),
        sa.Column("declared_timezone", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_declared", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "declared_cron", "declared_timezone"),
        sqlite_autoincrement=True,
    )
    op.add_column("job", sa.Column("schedule_id", _ID, nullable=True))
    op.add_column("job", sa.Column("scheduled_for", sa.BigInteger(), nullable=True))
    op.create_index("ix_job_schedule_id_scheduled_for", "job", ["schedule_id", "scheduled_for"], unique=True)
