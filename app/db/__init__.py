"""WHAT IS REMEMBERED: tables, the writes of the state machine, the reads, files and migrations.

Functions are synchronous and open their own short session (from the event loop: `asyncio.to_thread`). They return
finished, read-only snapshots and raise `Unavailable` while the database is away. Redis, Dramatiq and the web are
unknown here. What writes the state of jobs and workers (`lifecycle`, `processes`, `queues`, `schedules`), and saved
views, is imported by `app.queue` alone.
"""

from app.db.queries.filters import JobFilter
from app.db.snapshots.job import JobSnapshot
from app.db.states import FINISHED, Asked, State

__all__ = [
    "FINISHED",
    "Asked",
    "JobFilter",
    "JobSnapshot",
    "State",
    "clock",
    "processes",
    "queues",
    "state_machine",
]
