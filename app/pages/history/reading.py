"""What the history page reads from the database for a view, in worker threads."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.db import State
from app.db.queries import counts, jobs
from app.db.queries.counts import Count
from app.db.queries.flows import with_others
from app.db.queries.jobs import JobPage, PagePosition
from app.errors import AppError
from app.pages.history.view import HistoryView
from app.pages.time.durations import short_count
from app.queue import registry

ROWS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one reading of the database found."""

    page: JobPage
    place: PagePosition
    count: Count
    by_state: Mapping[State, int] | None
    """None: the live totals are the right ones, or too many match to be counted."""
    with_others: AbstractSet[int]
    """The jobs of the page that have a flow to be unfolded; none where flows are not in one row each."""
    is_kind_known: bool
    """Whether the wanted kind is declared here or ever ran; true where none is wanted."""


def read(view: HistoryView) -> Answer:
    """Read one page, its place, the count and the counts by state. Runs in a worker thread."""
    found, total = jobs.find_jobs(view.filter, sort=view.sort, limit=ROWS, after=view.after)
    place = PagePosition(jobs_before=0, previous=None)
    if view.after is not None:
        place = jobs.position_of(view.filter, sort=view.sort, limit=ROWS, after=view.after)
    by_state = None if view.is_plain else counts.count_by_state(view.filter)
    if by_state is not None:
        total = Count(count=sum(by_state[state] for state in view.states or State), is_exact=True)
    return Answer(
        page=found,
        place=place,
        count=total,
        by_state=by_state,
        with_others=with_others([one.id for one in found.items]) if view.flow else frozenset(),
        is_kind_known=bool(found.items) or _is_known(view.kind),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """A kind that the history can be narrowed to. `count`: its jobs of all states."""

    title: str
    group: str = ""
    count: int = 0


def read_kinds() -> dict[str, KindChoice]:
    """Read the kinds that are declared, by group, then those that only ever ran. Runs in a worker thread."""
    try:
        totals = counts.kind_totals()
    except AppError:
        totals = {}  # the list itself says that the database is away
    declared = declared_kinds(totals)
    gone = {name: KindChoice(title=name, count=total) for name, total in totals.items() if name not in declared}
    return {**declared, **gone}


def declared_kinds(totals: Mapping[str, int]) -> dict[str, KindChoice]:
    """Return the kinds that are declared, by group; `totals`: how many jobs there are of each. Reads nothing."""
    return {
        kind.name: KindChoice(title=kind.title, group=kind.group, count=totals.get(kind.name, 0))
        for kind in registry.kinds.values()
    }


def _is_known(kind: str | None) -> bool:
    return kind is None or registry.find(kind) is not None or kind in jobs.kinds_seen()


def tab_counts(answer: Answer, view: HistoryView) -> dict[State | None, str] | None:
    """Write the count of each state's tab, None for all of them; no dict: the live totals are the right ones."""
    if view.is_plain:
        return None
    if answer.by_state is None:
        least = f"{short_count(answer.count.count)}+"
        own = least.rstrip("+") if answer.count.is_exact else least
        return {
            None: least,
            **({view.state: own} if view.state or not view.states else {}),
        }
    by_state: dict[State | None, str] = {state: short_count(number) for state, number in answer.by_state.items()}
    return {None: short_count(sum(answer.by_state.values())), **by_state}
