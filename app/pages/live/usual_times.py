"""How long the kinds of the running jobs usually run, read now and then for the cards. Event loop only."""

import asyncio
import time
from collections.abc import Iterable

from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.queries.jobs import usual_seconds

KEPT_SECONDS = 300.0
"""So long what was read counts."""
SHORT_SECONDS = 10.0
"""Of a job that is over sooner nobody asks whether it takes longer than usual."""


class UsualTimes:
    """What was read of them. One a web process."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._read_at: dict[str, float] = {}

    async def read(self, jobs: Iterable[JobSnapshot]) -> dict[str, float | None]:
        """Return the usual seconds of the kinds of which one of these jobs runs, where that is not known already.

        Raises:
            Unavailable: the database is away.
        """
        at, instant = time.monotonic(), now()
        kinds = {
            job.kind
            for job in jobs
            if job.state is State.RUNNING
            and job.started_at is not None
            and (instant - job.started_at).total_seconds() >= SHORT_SECONDS
            and at - self._read_at.get(job.kind, -KEPT_SECONDS) >= KEPT_SECONDS
        }
        found = {}
        for kind in sorted(kinds):
            found[kind] = await asyncio.to_thread(usual_seconds, kind)
            self._read_at[kind] = at
        return found
