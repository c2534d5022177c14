"""The figures of a kind in words."""

import pytest

from app.db import State
from app.db.queries.activity import KindActivity, Spread
from app.pages.insights.kind_table import spread_words, success_words


def kind(*, succeeded: int = 0, failed: int = 0, cancelled: int = 0) -> KindActivity:
    """Describe the jobs of a kind."""
    states = {State.SUCCEEDED: succeeded, State.FAILED: failed, State.CANCELLED: cancelled}
    return KindActivity(kind="count", title="Count", jobs=sum(states.values()), states=states, wait=None, run=None)


@pytest.mark.parametrize(
    ("succeeded", "failed", "words"),
    [(0, 0, ""), (3, 0, "100%"), (2, 1, "66.7%"), (100_000, 1, ">99.9%"), (0, 4, "0%")],
)
def test_all_succeeded_is_said_only_where_none_failed(succeeded: int, failed: int, words: str) -> None:
    assert success_words(kind(succeeded=succeeded, failed=failed, cancelled=5)) == words


def test_a_spread_is_its_median_and_what_95_of_100_stay_below() -> None:
    spread = Spread(count=9, mean=2.0, p50=0.042, p90=3.0, p95=65.0, p99=70.0, max=80.0)

    assert (spread_words(spread), spread_words(None)) == ("42 ms / 1 min 05 s", "")
