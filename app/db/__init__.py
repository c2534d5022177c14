"""What is remembered: tables, the state machine's writes, the history's reads, files and migrations.

Functions are synchronous and open their own short session (from the event loop: `asyncio.to_thread`). They return
finished, read-only snapshots and raise `Unavailable` while the database is away. Redis, Dramatiq and the web are
unknown here. The modules `jobs`, `requests` and `processes` write the state of jobs and workers: only `app.queue`
imports those.
"""

from app.db.queries.filters import JobFilter
from app.db.snapshots.files import Artifact, Upload
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import Attempt, LogLine, Progress, Transition
from app.db.states import FINISHED, State

__all__ = [
    "FINISHED",
    "Artifact",
    "Attempt",
    "JobFilter",
    "JobSnapshot",
    "LogLine",
    "Progress",
    "State",
    "Transition",
    "Upload",
]
