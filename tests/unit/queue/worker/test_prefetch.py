"""Jobs are claimed ahead only where those of their kind took next to no time of late."""

import pytest

from app.queue.worker.prefetch import MIXED_SECONDS, MOST_AHEAD, Prefetch


def prefetch_after(seconds: float) -> Prefetch:
    """Return what is known after fifty jobs of a kind."""
    prefetch = Prefetch()
    for _ in range(50):
        prefetch.note("short", seconds)
    return prefetch


@pytest.mark.parametrize(("seconds", "ahead"), [(0.0001, 4 * MOST_AHEAD), (0.009, 12), (0.02, 0), (5.0, 0)])
def test_so_much_is_claimed_ahead_as_the_threads_do_in_a_moment(seconds: float, ahead: int) -> None:
    assert prefetch_after(seconds).ahead(4) == ahead


def test_a_kind_that_nobody_has_seen_run_is_not_quick() -> None:
    prefetch = prefetch_after(0.001)

    assert prefetch.is_quick("short")
    assert not prefetch.is_quick("unknown")
    assert Prefetch().ahead(4) == 0


def test_one_long_job_is_enough_to_claim_no_more_ahead() -> None:
    prefetch = prefetch_after(0.001)
    prefetch.note("short", 3.0)

    assert prefetch.ahead(4) == 0
    assert not prefetch.is_quick("short")


def test_after_others_came_between_nothing_is_claimed_ahead_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("app.queue.worker.prefetch.time.monotonic", lambda: at[0])
    prefetch = prefetch_after(0.001)
    prefetch.note_mixed()
    soon = prefetch.ahead(4)
    at[0] += MIXED_SECONDS

    assert soon == 0
    assert prefetch.ahead(4) > 0
