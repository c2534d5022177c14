"""Keep the failures of one cause together, what was handled, and notes."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LATER = (
    "EXISTS (SELECT 1 FROM job AS later WHERE later.schedule_id = job.schedule_id "
    "AND later.scheduled_for > job.scheduled_for AND later.state = 'succeeded')"
)


def upgrade() -> None:
    """Make the tables, and fill them with the jobs that are failed now."""
    op.add_column("job", sa.Column("handled_at", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("handled_by", sa.String(), nullable=True))
    is_failure = sa.text("error_signature IS NOT NULL")
    op.create_index(
        "ix_job_error_signature_id",
        "job",
        ["error_signature", "id"],
        sqlite_where=is_failure,
        postgresql_where=is_failure,
    )
    _make_failure()
    _make_group()
    _make_note()
    _fill()


def _make_failure() -> None:
    op.create_table(
        "failure",
        sa.Column("job_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.Column("retry_of", _ID, nullable=True),
        sa.Column("schedule_id", _ID, nullable=True),
        sa.Column("scheduled_for", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_failure_open", "failure", ["signature", "job_id"], sqlite_where=is_open, postgresql_where=is_open
    )
    is_of_schedule = sa.text("closed_at IS NULL AND schedule_id IS NOT NULL")
    op.create_index(
        "ix_failure_open_of_schedule",
        "failure",
        ["schedule_id", "job_id"],
        sqlite_where=is_of_schedule,
        postgresql_where=is_of_schedule,
    )


def _make_group() -> None:
    op.create_table(
        "failure_group",
        sa.Column("signature", sa.String(), primary_key=True),
        sa.Column("error_type", sa.String(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("open_count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_job_id", _ID, nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("dismissed_at", sa.BigInteger(), nullable=True),
        sa.Column("dismissed_by", sa.String(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("came_back_at", sa.BigInteger(), nullable=True),
        sa.Column("came_back_after", sa.String(), nullable=True),
    )
    op.create_index("ix_failure_group_last_at", "failure_group", ["last_at", "signature"])
    needs_a_look = sa.text("dismissed_at IS NULL AND open_count > 0")
    op.create_index(
        "ix_failure_group_open",
        "failure_group",
        ["last_at", "signature"],
        sqlite_where=needs_a_look,
        postgresql_where=needs_a_look,
    )


def _make_note() -> None:
    op.create_table(
        "note",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("job_id", _ID, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_kind", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_note_job_id", "note", ["job_id", "id"])


def _fill() -> None:
    """Take in the failed jobs. What a later run of the same schedule did better is closed."""
    is_failed = "job.state = 'failed' AND job.error_signature IS NOT NULL AND job.finished_at IS NOT NULL"
    op.execute(
        "INSERT INTO failure (job_id, signature, failed_at, retry_of, schedule_id, scheduled_for, closed_at) "
        "SELECT job.id, job.error_signature, job.finished_at, job.retry_of, job.schedule_id, job.scheduled_for, "
        f"CASE WHEN {_LATER} THEN job.finished_at END FROM job WHERE {is_failed}"
    )
    op.execute(
        "INSERT INTO failure_group (signature, error_type, message, count, open_count, first_at, last_at, last_job_id, "
        "kinds, versions, hours) "
        "SELECT signature, '', '', COUNT(*), SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END), MIN(failed_at), "
        "MAX(failed_at), MAX(job_id), '{}', '{}', '{}' FROM failure GROUP BY signature"
    )
    op.execute(
        "UPDATE failure_group SET error_type = job.error_type, message = substr(job.error_message, 1, 500) "
        "FROM job WHERE job.id = failure_group.last_job_id"
    )
    made: dict[str, dict[str, dict[str, int]]] = {}
    hour = 3_600_000_000
    failures = sa.text(
        f"SELECT failure.signature, job.kind, failure.failed_at / {hour}, COUNT(*) "
        "FROM failure JOIN job ON job.id = failure.job_id GROUP BY 1, 2, 3"
    )
    connection = op.get_bind()
    for signature, kind, at, number in connection.execute(failures):
        group = made.setdefault(signature, {"kinds": {}, "hours": {}})
        for name, key in (("kinds", kind), ("hours", str(at))):
            group[name][key] = group[name].get(key, 0) + number
    table = sa.table(
        "failure_group", sa.column("signature"), sa.column("kinds", sa.JSON()), sa.column("hours", sa.JSON())
    )
    for signature, group in made.items():
        newest = sorted(group["hours"], key=int)[-168:]
        hours = {at: group["hours"][at] for at in newest}
        connection.execute(
            table.update().where(table.c.signature == signature).values(kinds=group["kinds"], hours=hours)
        )
