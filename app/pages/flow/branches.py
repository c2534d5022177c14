"""A flow as a tree, to be read and walked with the keyboard: what a job started stands below it, what waited for it
behind it. Draws nothing itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.db import State
from app.db.queries.flows.flow import FlowNode
from app.pages.flow.crowds import Folded
from app.pages.flow.layers import layers_of
from app.pages.jobs.state_badge import say_states
from app.pages.time.durations import duration, plural

MOST_ALIKE = 8
"""So many jobs of a kind below the same job are named; more are counted, the failed ones named first."""
MOST_BRANCHES = 400
DEEPEST = 40
"""A job may start its successor for years."""
MOST_NAMED = 3
_FIRST = (State.FAILED, State.CANCELLED, State.RUNNING, State.RETRYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A line of the tree: a job, or others of a kind that are only counted."""

    title: str
    job: FlowNode | None
    words: str
    """What else is said of it."""
    below: list["Branch"] = field(default_factory=list)


def tree_of(flow: Folded) -> list[Branch]:
    """Return the tree; at most about `MOST_BRANCHES` lines."""
    by_id = {one.id: one for one in flow.nodes}
    awaited = defaultdict[int, list[int]](list)
    for edge in flow.edges:
        if edge.tie == "after":
            awaited[edge.target].append(edge.source)
    below = _below(flow, by_id, awaited)
    return _Growing(flow, below, awaited).branches(0, depth=0)


def _below(flow: Folded, by_id: Mapping[int, FlowNode], awaited: Mapping[int, list[int]]) -> dict[int, list[FlowNode]]:
    """Return what stands below each job, 0: below none; in the order of what waits for what."""
    ties = [(edge.source, edge.target) for edge in flow.edges if edge.tie == "after"]
    layers = layers_of(by_id, ties)
    above: dict[int, int] = {}
    found = defaultdict[int, list[FlowNode]](list)
    for node in sorted(flow.nodes, key=lambda one: (layers[one.id], one.id)):
        beside = next((one for one in awaited.get(node.id, ()) if one in above), None)
        own = node.parent_id if node.parent_id in by_id else None
        above[node.id] = own if own is not None else above[beside] if beside is not None else 0
        found[above[node.id]].append(node)
    return found


class _Growing:
    """A tree that grows until it has enough lines."""

    def __init__(self, flow: Folded, below: Mapping[int, Sequence[FlowNode]], awaited: Mapping[int, list[int]]) -> None:
        self._flow, self._below, self._awaited = flow, below, awaited
        self._longest = frozenset(flow.longest_way)
        self._left = MOST_BRANCHES
        self._met: set[int] = set()

    def branches(self, job_id: int, *, depth: int) -> list[Branch]:
        """Return the branches below a job."""
        return list(self._grow(self._below.get(job_id, ()), depth))

    def _grow(self, nodes: Sequence[FlowNode], depth: int) -> Iterator[Branch]:
        named, counted = _named(nodes, self._flow)
        for node in nodes:
            if node.id not in named or node.id in self._met:
                continue
            if self._left <= 0 or depth >= DEEPEST:
                yield Branch(title="There are more jobs than are listed here.", job=None, words="")
                return
            self._left -= 1
            self._met.add(node.id)
            below = self.branches(node.id, depth=depth + 1)
            yield Branch(title=node.title, job=node, words=self._words(node), below=below)
        for title, states in counted.items():
            yield Branch(title=f"{states.total():,} more: {title}", job=None, words=say_states(states))

    def _words(self, node: FlowNode) -> str:
        took = f"took {duration(node.run_seconds)}" if node.run_seconds is not None else ""
        longest = "on the longest way" if node.id in self._longest else ""
        return ", ".join(filter(None, (took, self._after(node), longest)))

    def _after(self, node: FlowNode) -> str:
        """Say which jobs a job waited for: the first of them, and how many others."""
        ids = self._awaited.get(node.id, ())
        named = [one for one in ids if one > 0][:MOST_NAMED]
        left = sum(self._flow.size_of(one) for one in ids) - len(named)
        if not ids:
            return ""
        more = [plural(left, "more job" if named else "job")] if left else []
        return f"after {', '.join(f'#{one}' for one in named)}" + (" and " if named and more else "") + "".join(more)


def _named(nodes: Sequence[FlowNode], flow: Folded) -> tuple[set[int], dict[str, Counter[State]]]:
    """Return which of some jobs are named, and, by title, how many others are in which state."""
    alike = defaultdict[str, list[FlowNode]](list)
    for node in nodes:
        alike[node.kind].append(node)
    named: set[int] = set()
    counted: dict[str, Counter[State]] = {}
    for group in alike.values():
        first = sorted(group, key=_place)
        named.update(one.id for one in first[:MOST_ALIKE] if one.id > 0)
        others = [one for one in first if one.id not in named]
        if others:
            counted[group[0].title] = flow.states_of(others)
    return named, counted


def _place(node: FlowNode) -> tuple[bool, int, int]:
    """Return what orders alike jobs: failed ones before others, those that are only counted at the end."""
    return node.id < 0, _FIRST.index(node.state) if node.state in _FIRST else len(_FIRST), node.id
