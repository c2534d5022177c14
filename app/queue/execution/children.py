"""What a job does with its children: it starts them, once where they have a name, and waits for them."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from app.actor import of_job
from app.db import JobSnapshot, State
from app.db.lifecycle.flows import aside
from app.db.lifecycle.flows.ends import is_decided
from app.db.queries import counts, jobs
from app.errors import Unavailable
from app.queue.acts.starting import StartOptions, start, start_many, start_once
from app.queue.context.context import MAX_AT_ONCE, JobError, Needs, Startable
from app.queue.context.run import Run
from app.queue.context.stop import JobLost, JobPutAside

T = TypeVar("T")
AWAY_SECONDS = 0.5
"""Between two tries while the database is away."""
READ_AT_ONCE = 200
ALL = "all, when its function has ended"
"""The name under which the children of a job are kept whose kind has `after_children`."""


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

    def all_started(self) -> list[int] | None:
        """Return the children of a job whose function has started all of them; None: it has not ended yet."""
        return once_there(self._run, lambda: aside.started(self._run.job_id, ALL))

    def end_starting(self) -> list[int]:
        """Keep that the function has ended, and return the children that the job has.

        Raises:
            JobLost: another worker has the job.
            JobError: they are too many.
        """
        run = self._run
        found = once_there(run, lambda: aside.keep_all(run.job_id, token=run.token, name=ALL, most=MAX_AT_ONCE))
        if found is None:
            raise JobLost("Another worker has this job now; what this one starts does not count.")
        if len(found) > MAX_AT_ONCE:
            raise JobError(
                f"A job waits for at most {MAX_AT_ONCE:,} children at once; it has started more. "
                "Let each of its children start a part of them."
            )
        return found

    def wait(self, job_ids: Sequence[int], needs: Needs) -> Iterator[JobSnapshot]:
        """Wait for jobs; as `ctx.wait`.

        Raises:
            JobPutAside: it is not decided yet whether enough of them succeed.
            JobError: too few of them succeeded, or they are too many to be waited for.
        """
        ids = list(dict.fromkeys(job_ids))
        if len(ids) > MAX_AT_ONCE:
            raise JobError(
                f"A job waits for at most {MAX_AT_ONCE:,} jobs at once; these are {len(ids):,}. Let children wait for "
                "parts of them."
            )
        states = once_there(self._run, lambda: counts.count_states(ids))
        least = _least(needs, len(ids))
        unfinished = sum(number for state, number in states.items() if not state.is_finished)
        if not is_decided(unfinished, states[State.SUCCEEDED], least=least):
            raise JobPutAside(ids, least)
        if states[State.SUCCEEDED] < (least or 0):
            raise JobError(_too_few(states[State.SUCCEEDED], unfinished, ids, needs))
        return self._read(ids)

    def _read(self, ids: Sequence[int]) -> Iterator[JobSnapshot]:
        for first in range(0, len(ids), READ_AT_ONCE):
            part = ids[first : first + READ_AT_ONCE]
            read = once_there(self._run, partial(jobs.get_jobs, part))
            found = {one.id: one for one in read if one.state.is_finished}
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


def _least(needs: Needs, number: int) -> int | None:
    """Return how many of so many jobs have to succeed; None: all only have to end."""
    if isinstance(needs, str):
        return {"all": number, "any": min(1, number), "none": None}[needs]
    return math.ceil(round(needs * number, 6)) or None  # 0.07 * 100 is a little more than 7


def _too_few(succeeded: int, unfinished: int, ids: Sequence[int], needs: Needs) -> str:
    """Say that too few succeeded; one that is gone did not, for nobody knows."""
    wanted = {"all": "all", "any": "one"}[needs] if isinstance(needs, str) else f"{needs:.0%}"
    so_far = f", with {unfinished:,} that go on" if unfinished else ""
    return (
        f"{succeeded:,} of {len(ids):,} jobs that it waited for succeeded{so_far}; {wanted} had to"
        f"{_first_unsuccessful(ids)}."
    )


def _first_unsuccessful(ids: Sequence[int]) -> str:
    for first in range(0, len(ids), READ_AT_ONCE):
        part = sorted(ids[first : first + READ_AT_ONCE])
        found = {one.id: one for one in jobs.get_jobs(part)}
        for one in part:
            if one not in found:
                return f", the first #{one}, which is gone"
            if found[one].state.is_finished and found[one].state is not State.SUCCEEDED:
                return f", the first #{one} {found[one].title} ({found[one].state})"
    return ""
