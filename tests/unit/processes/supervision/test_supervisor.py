"""How long a child that crashed is waited for. The supervisor over real processes: tests/e2e/test_supervisor.py."""

from app.processes.supervision.supervisor import pause_before_start


def pauses(*lived_seconds: float) -> list[float]:
    """Return how long is waited after each crash of a child that lived so long, one time after the other."""
    found = [0.0]
    for lived in lived_seconds:
        found.append(pause_before_start(found[-1], lived_seconds=lived))
    return found[1:]


def test_a_child_that_crashes_at_its_start_is_waited_for_longer_and_longer() -> None:
    assert pauses(2, 2, 2, 2, 2, 2) == [0.5, 1, 2, 4, 5, 5]


def test_a_child_that_had_settled_starts_again_at_once_however_often_it_is_killed() -> None:
    assert pauses(3600, 10, 12, 30) == [0, 0, 0, 0]


def test_a_child_that_settles_after_some_crashes_is_waited_for_no_longer_than_the_first_time() -> None:
    assert pauses(2, 2, 2, 15, 2) == [0.5, 1, 2, 0, 0.5]
