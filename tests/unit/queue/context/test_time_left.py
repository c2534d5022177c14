"""The time that a run has left: its own pace weighed with earlier runs, and silence where it only grows."""

from collections.abc import Callable

import pytest

from app.queue.context.time_left import GROWN_SECONDS, TimeLeft

Watch = Callable[[float], None]


@pytest.fixture
def pass_by(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Let seconds pass."""
    at = [100.0]
    monkeypatch.setattr("app.queue.context.time_left.time.monotonic", lambda: at[0])

    def pass_by(seconds: float) -> None:
        at[0] += seconds

    return pass_by


def test_without_a_total_or_a_pace_there_is_no_estimate(pass_by: Watch) -> None:
    left = TimeLeft()

    assert left.estimate(3, None, rate=1.0, usual_seconds=50) is None
    assert left.estimate(3, 10, rate=None, usual_seconds=None) is None


def test_it_is_the_mean_of_the_pace_of_late_and_of_all_of_the_run(pass_by: Watch) -> None:
    left = TimeLeft()
    left.estimate(0, 100, rate=None, usual_seconds=None)
    pass_by(10)

    assert left.estimate(20, 100, rate=2.0, usual_seconds=None) == pytest.approx(40)
    assert left.estimate(20, 100, rate=6.0, usual_seconds=None) == pytest.approx(20)
    assert left.estimate(100, 100, rate=6.0, usual_seconds=None) == 0


def test_at_the_beginning_earlier_runs_tell_more_and_beyond_their_length_nothing(pass_by: Watch) -> None:
    left = TimeLeft()

    assert left.estimate(0, 100, rate=None, usual_seconds=100) == 100
    pass_by(1)
    early = left.estimate(10, 100, rate=10.0, usual_seconds=100)
    pass_by(120)
    late = left.estimate(50, 100, rate=1.0, usual_seconds=100)

    assert early is not None
    assert 80 < early < 99, "by its own pace 9 s, by earlier runs 99 s"
    assert late == pytest.approx(50 / ((1 + 50 / 121) / 2))


def test_an_estimate_that_only_grows_is_not_told(pass_by: Watch) -> None:
    left = TimeLeft()
    left.estimate(0, 1000, rate=None, usual_seconds=None)
    told = []
    for minute in range(1, 16):
        pass_by(60)
        told.append(left.estimate(100 + minute, 1000, rate=1 / 60, usual_seconds=None))

    first_silent = int(GROWN_SECONDS / 60)
    assert None not in told[:first_silent]
    assert told[first_silent:] == [None] * (15 - first_silent)


def test_a_new_phase_begins_with_its_own_pace(pass_by: Watch) -> None:
    left = TimeLeft()
    left.estimate(0, 10, rate=None, usual_seconds=None)
    pass_by(100)
    left.estimate(10, 10, rate=0.1, usual_seconds=None)
    left.estimate(0, 10, rate=None, usual_seconds=None)
    pass_by(1)

    assert left.estimate(1, 10, rate=None, usual_seconds=None) == pytest.approx(9)
