"""What is remembered: tables, the state machine's writes, the history's reads, files and migrations.

Functions are synchronous and open their own short session (from the event loop: `asyncio.to_thread`). They return
finished, read-only snapshots and raise `Unavailable` while the database is away. Redis, Dramatiq and the web are
unknown here. The modules `jobs`, `requests` and `processes` write the state of jobs and workers: only `app.queue`
imports those.
"""

from app.db.history import JobFilter
from app.db.models import FINISHED, State
from app.db.snapshot import Artifact, Attempt, JobSnapshot, LogLine, Progress, Transition, Upload

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
