"""Which jobs of a flow an act is for, in the order in which it is to be done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.db import State
from app.db.queries.flows import ids_of_crowd
from app.db.queries.flows.flow import FlowCrowd
from app.pages.flow.crowds import Folded
from app.pages.flow.layers import layers_of

_AGAIN = (State.FAILED, State.CANCELLED)
_UNFINISHED = tuple(state for state in State if not state.is_finished)


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """Jobs that an act is for; those of crowds are read when it is asked for."""

    parts: list[int | FlowCrowd]
    """In the order in which it is to be done."""
    states: tuple[State, ...]
    """Of crowds those that are in one of these."""
    with_broken: bool = True
    """Of crowds also those that were cancelled because of another one's end."""

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(1 if isinstance(part, int) else self._size_of(part) for part in self.parts)

    def ids(self) -> list[int]:
        """Return their ids as they are now. In a worker thread.

        Raises:
            Unavailable: the database is away.
        """
        return list(dict.fromkeys(self._ids()))

    def _ids(self) -> Iterator[int]:
        for part in self.parts:
            if isinstance(part, int):
                yield part
            else:
                yield from ids_of_crowd(part.parent_id, part.kind, self.states, with_broken=self.with_broken)

    def _size_of(self, crowd: FlowCrowd) -> int:
        found = sum(crowd.states.get(state, 0) for state in self.states)
        return found if self.with_broken else found - crowd.broken


class Choosing:
    """Chooses among the jobs of one flow. Made in a worker thread, since a flow may have 10,000 jobs."""

    def __init__(self, flow: Folded) -> None:
        """Look through the flow once."""
        self._states = {one.id: one.state for one in flow.nodes}
        self._crowds = flow.crowds
        self._started, self._waits = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
        for edge in flow.edges:
            (self._started if edge.tie == "started" else self._waits)[edge.source].append(edge.target)
        self._by_another = {edge.target for edge in flow.edges if edge.standing == "broken"}
        ties = ((edge.source, edge.target) for edge in flow.edges if edge.tie != "started")
        self._layers = layers_of(self._states, ties)
        self.unfinished = self._some(self._states, _UNFINISHED, is_backwards=True)
        """Those that can be cancelled: who waits before whom it waits for, so that no end wakes it meanwhile."""
        self.failed = self._some(self._states, (State.FAILED,))
        """Those that failed: whom another one waited for before that one, which asks how they ended."""

    def from_here(self, job_id: int) -> Some:
        """Return a job, what it started and what waited for any of them, as far as it failed or was cancelled.

        Those that were cancelled because of another one's end are left out: they wait again when that one is retried.
        """
        own = _reached({job_id}, self._started)
        reached = (one for one in _reached(own, self._waits) if one not in self._by_another or self._failed(one))
        return self._some(reached, _AGAIN, with_broken=False)

    def _failed(self, job_id: int) -> bool:
        return self._states.get(job_id) is State.FAILED

    def _some(
        self, ids: Iterable[int], states: tuple[State, ...], *, is_backwards: bool = False, with_broken: bool = True
    ) -> Some:
        """Choose among jobs those in some states, and put them behind those that they wait, or waited, for."""
        chosen = (one for one in ids if one in self._crowds or self._states.get(one) in states)
        in_order = sorted(chosen, key=lambda one: (self._layers[one], one), reverse=is_backwards)
        parts = [self._crowds.get(one, one) for one in in_order]
        return Some(parts=parts, states=states, with_broken=with_broken)


def _reached(first: Iterable[int], following: dict[int, list[int]]) -> set[int]:
    reached, last = set(first), list(first)
    while last:
        last = list({one for before in last for one in following.get(before, ())} - reached)
        reached.update(last)
    return reached
