"""The whole schema: the tables, and the partial indexes of `job`, which hold only the rows that are asked for by them.

Apart from the tables because only what makes or compares a schema needs these indexes, and their conditions load the
dialects of both databases, 2 MB in every process.
"""

from sqlalchemy import Index, MetaData, text
from sqlmodel import SQLModel

from app.db.accounts import tables
from app.db.models.history import FailureGroupRow, FailureRow
from app.db.models.installation import AuditRow
from app.db.models.jobs import Job
from app.db.models.schedules import FireRow
from app.db.sql.column_types import table_of

SCHEMA: MetaData = SQLModel.metadata
assert tables.AccountRow.metadata is SCHEMA  # its tables are in it because their module was loaded
_job = table_of(Job)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> None:
    condition = text(where)
    Index(name, *(_job.c[each] for each in columns), unique=unique, sqlite_where=condition, postgresql_where=condition)


# NOTE: `lifecycle.transitions`, `queues` and `queries.filter_fields` write these conditions as literals; with a bound
# value SQLite uses no such index.
_partial("ix_job_queued", "sent_at", "id", where="state = 'queued'")
_partial("ix_job_waiting", "queue", "queued_at", where="state = 'queued'")
_partial("ix_job_due", "run_at", where="state IN ('scheduled', 'retrying')")
_partial("ix_job_delay_began_at", "delay_began_at", where="state IN ('scheduled', 'retrying')")
_partial("ix_job_failed", "finished_at", where="state = 'failed'")
_partial("ix_job_started_at_id", "started_at", "id", where="started_at IS NOT NULL")
_partial("ix_job_finished_at_id", "finished_at", "id", "kind", "state", where="finished_at IS NOT NULL")
_partial("ix_job_run_seconds_id", "run_seconds", "id", where="run_seconds IS NOT NULL")
_partial("ix_job_parent_id", "parent_id", "id", where="parent_id IS NOT NULL")
_partial(
    "ix_job_schedule_id_scheduled_for",
    "schedule_id",
    "scheduled_for",
    where="schedule_id IS NOT NULL",
    unique=True,
)
_partial("ix_job_schedule_unfinished", "schedule_id", where="schedule_id IS NOT NULL AND finished_at IS NULL")
_partial(
    "ix_job_unique_key",
    "kind",
    "unique_key",
    where="unique_key IS NOT NULL AND finished_at IS NULL",
    unique=True,
)
_partial("ix_job_error_signature_id", "error_signature", "id", where="error_signature IS NOT NULL")

# NOTE: app.db.text_index.candidates writes this condition, too, with the same number.
_partial("ix_job_long_text", "id", where="length(search_text) >= 20000")

_fire = table_of(FireRow)
_waits = text("outcome = 'waiting'")
Index("ix_fire_waiting", _fire.c.schedule_id, sqlite_where=_waits, postgresql_where=_waits)

_audit = table_of(AuditRow)
_is_new, _is_linked = text("seq IS NULL"), text("seq IS NOT NULL")
Index("ix_audit_new", _audit.c.id, sqlite_where=_is_new, postgresql_where=_is_new)
Index("ix_audit_seq", _audit.c.seq, unique=True, sqlite_where=_is_linked, postgresql_where=_is_linked)

_failure = table_of(FailureRow)
_is_open = text("closed_at IS NULL")
Index("ix_failure_open", _failure.c.signature, _failure.c.job_id, sqlite_where=_is_open, postgresql_where=_is_open)
_is_of_schedule = text("closed_at IS NULL AND schedule_id IS NOT NULL")
Index(
    "ix_failure_open_of_schedule",
    _failure.c.schedule_id,
    _failure.c.job_id,
    sqlite_where=_is_of_schedule,
    postgresql_where=_is_of_schedule,
)

_group = table_of(FailureGroupRow)
# NOTE: app.db.failures.groups writes this condition, too.
_needs_a_look = text("dismissed_at IS NULL AND open_count > 0")
Index(
    "ix_failure_group_open",
    _group.c.last_at,
    _group.c.signature,
    sqlite_where=_needs_a_look,
    postgresql_where=_needs_a_look,
)
