"""How jobs ended for those that wait for them: whether one ended as it has to, and whether enough have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from app.db.models.jobs import Job
from app.db.snapshots.parts import When
from app.db.states import FINISHED, State

_SUITS: Mapping[When, frozenset[State]] = {
    "succeeded": frozenset({State.SUCCEEDED}),
    "failed": frozenset({State.FAILED}),
    "finished": FINISHED,
}
_ENDED = {State.SUCCEEDED: "succeeded", State.FAILED: "failed", State.CANCELLED: "was cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a job ended; `state` None: it is gone."""

    job_id: int
    title: str
    state: State | None

    @property
    def words(self) -> str:
        """How a sentence says it."""
        return f"#{self.job_id} {self.title} {_ENDED[self.state]}" if self.state else f"#{self.job_id} is gone"


def ends_of(rows: Iterable[Row[Any] | Job], states: Iterable[State]) -> list[End]:
    """Return the ends for which somebody may wait, of jobs as they were read and the states that they are in now."""
    return [
        End(job_id=row.id or 0, title=row.title, state=state)
        for row, state in zip(rows, states, strict=True)
        if row.has_followers and state in FINISHED
    ]


def fits(end: End, when: When) -> bool:
    """Say whether a job ended as it has to for those that wait for it. One that is gone has ended in some way."""
    return end.state in _SUITS[when] or (end.state is None and when == "finished")


def unfit_end(parents: Iterable[Row[Any]], when: When) -> End | None:
    """Return the first that ended in another way than it has to for those that wait for it."""
    ends = (End(job_id=one.id, title=one.title, state=State(one.state)) for one in parents if one.state in FINISHED)
    return next((end for end in ends if not fits(end, when)), None)


def is_decided(unfinished: int, succeeded: int, *, least: int | None) -> bool:
    """Say whether a job that was put aside has nothing to wait for any more.

    Args:
        unfinished, succeeded: how many of those that it waits for have not ended yet, and how many succeeded.
        least: how many have to succeed; None: it waits for the end of all.
    """
    return unfinished == 0 or (least is not None and not succeeded < least <= succeeded + unfinished)
