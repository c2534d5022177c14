"""What the history reads for a view: the rows, how many match, and what the tabs of the states say."""

import pytest

from app.db import State
from app.pages.history.reading import read, read_kinds, tab_counts
from app.pages.history.view import HistoryView
from app.queue import JobContext, job
from tests.store import claimed, done, stored


@pytest.fixture(autouse=True)
def _jobs(room: object) -> None:
    """Two jobs that wait, one that failed, and one of a kind that is declared no more."""

    @job(group="Numbers")
    def count(ctx: JobContext) -> None:
        """Do nothing."""

    for _ in range(2):
        stored(search_text="count one")
    failed, _ = stored(search_text="count one more"), stored(kind="gone", search_text="gone one")
    assert claimed(failed)
    assert done(failed, outcome="failed", result=None)


def test_a_view_that_only_a_state_narrows_leaves_the_live_totals_to_the_tabs() -> None:
    view = HistoryView(states=frozenset({State.FAILED}))
    answer = read(view)

    assert (len(answer.page.items), answer.count.count) == (1, 1)
    assert tab_counts(answer, view) is None


def test_a_search_counts_what_matches_by_state() -> None:
    view = HistoryView(text="one", states=frozenset({State.QUEUED}))
    answer = read(view)
    tabs = tab_counts(answer, view)

    assert answer.count.count == 3
    assert tabs is not None
    assert (tabs[None], tabs[State.QUEUED], tabs[State.FAILED]) == ("4", "3", "1")


def test_a_kind_is_known_while_it_is_declared_or_has_jobs() -> None:
    succeeded = frozenset({State.SUCCEEDED})  # no job of any kind
    known = [read(HistoryView(kind=name, states=succeeded)).is_kind_known for name in ("count", "gone", "never")]

    assert known == [True, True, False]
    assert [(name, one.title, one.group, one.count) for name, one in read_kinds().items()] == [
        ("count", "Count", "Numbers", 3),
        ("gone", "gone", "", 1),
    ]
