"""What a job does with its children: it starts them, once where they have a name, and waits for them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from app.actor import of_job
from app.db import JobSnapshot, State
from app.db.queries import counts, jobs
from app.errors import Unavailable
from app.queue.acts.starting import StartOptions, start, start_many, start_once
from app.queue.context.context import JobError, Needs, Startable
from app.queue.context.run import Run
from app.queue.context.stop import JobLost, JobPutAside

T = TypeVar("T")
AWAY_SECONDS = 0.5
"""Between two tries while the database is away."""
READ_AT_ONCE = 200


class Children:
    """The children of one attempt's job."""

    def __init__(self, run: Run) -> None:
        """`run`: the attempt."""
        self._run = run

    def start(self, kind: str | Startable, params: Mapping[str, Any]) -> JobSnapshot:
        """Start one; as `ctx.start`."""
        order = StartOptions(parent_id=self._run.job_id)
        return once_there(self._run, lambda: start(kind, params, order=order, by=of_job(self._run.job_id)))

    def start_many(
        self, kind: str | Startable, params: Sequence[Mapping[str, Any]], once: str | None
    ) -> list[JobSnapshot]:
        """Start many; as `ctx.start_many`."""
        run, by = self._run, of_job(self._run.job_id)
        if once is None:
            order = StartOptions(parent_id=run.job_id)
            return once_there(run, lambda: start_many(kind, params, order=order, by=by))
        found = once_there(
            run, lambda: start_once(kind, params, name=once, parent_id=run.job_id, token=run.token, by=by)
        )
        if found is None:
            raise JobLost("Another worker has this job now; what this one starts does not count.")
        return found

    def wait(self, job_ids: Sequence[int], needs: Needs) -> Iterator[JobSnapshot]:
        """Wait for jobs; as `ctx.wait`.

        Raises:
            JobPutAside: not all of them have ended.
            JobError: too few of them succeeded.
        """
        ids = list(dict.fromkeys(job_ids))
        states = once_there(self._run, lambda: counts.count_states(ids))
        if any(not state.is_finished for state in states):
            raise JobPutAside(ids)
        _require(states, ids, needs)
        return self._read(ids)

    def _read(self, ids: Sequence[int]) -> Iterator[JobSnapshot]:
        for first in range(0, len(ids), READ_AT_ONCE):
            part = ids[first : first + READ_AT_ONCE]
            found = {one.id: one for one in once_there(self._run, partial(jobs.get_jobs, part))}
            yield from (found[one] for one in part if one in found)


def once_there(run: Run, act: Callable[[], T]) -> T:
    """Do something for a job that needs the database; waits while that is away.

    Raises:
        Unavailable: the database is away and the job was asked to stop.
    """
    while True:
        try:
            return act()
        except Unavailable:
            if run.stop_reason is not None:
                raise
            time.sleep(AWAY_SECONDS)


def _require(states: Counter[State], ids: Sequence[int], needs: Needs) -> None:
    """Hold how jobs ended against what was asked for; one that is gone did not succeed, for nobody knows."""
    succeeded, total = states[State.SUCCEEDED], len(ids)
    least = {"all": total, "any": min(1, total), "none": 0}[needs] if isinstance(needs, str) else needs * total
    if succeeded >= least:
        return
    bad = next((one for one in _unsuccessful(ids)), None)
    first = f", the first #{bad.id} {bad.title} ({bad.state})" if bad else ""
    wanted = {"all": "all", "any": "one"}[needs] if isinstance(needs, str) else f"{needs:.0%}"
    raise JobError(f"{succeeded:,} of {total:,} jobs that it waited for succeeded; {wanted} had to{first}.")


def _unsuccessful(ids: Sequence[int]) -> Iterator[JobSnapshot]:
    for first in range(0, len(ids), READ_AT_ONCE):
        found = sorted(jobs.get_jobs(ids[first : first + READ_AT_ONCE]), key=lambda one: one.id)
        yield from (one for one in found if one.state is not State.SUCCEEDED)
