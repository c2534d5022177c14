"""What is reported can be stored whatever it is, and its rate is that of the last seconds."""

from typing import Any

import pytest

from app.queue.context.reported import MAX_MESSAGE_LENGTH, Reported


class Unspeakable:
    """A message that cannot be written."""

    def __str__(self) -> str:
        """Fail."""
        raise SystemExit


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((3, 10, "step"), (3, 10, "step")),
        ((float("nan"), float("inf"), None), (None, None, None)),
        ((2**64, 10**400, "a\0b \ud800"), (float(2**64), None, "a␀b ?")),
        ((5, -1, None), (5, None, None)),  # as Content-Length and others say that they do not know
        ((0, 0, None), (0, 0, None)),
        ((1, None, "x" * 9999), (1, None, "x" * (MAX_MESSAGE_LENGTH - 1) + "…")),
        ((1, None, Unspeakable()), (1, None, "(its message cannot be shown: SystemExit)")),
    ],
)
def test_what_is_reported_is_what_a_database_can_keep(given: Any, kept: tuple[Any, ...]) -> None:
    reported = Reported()

    reported.note(*given)

    assert reported.values() == kept


def test_what_was_said_before_stays_where_a_report_says_nothing_of_it() -> None:
    reported = Reported()
    no_number: Any = []

    reported.note(1, 10, "step")
    reported.note(2, None, None)

    assert reported.values() == (2, 10, "step")
    with pytest.raises(TypeError):
        reported.note(no_number, None, None)


def test_the_rate_is_that_of_the_last_seconds_and_begins_anew_with_a_new_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("app.queue.context.reported.time.monotonic", lambda: at[0])
    reported = Reported()
    rates = []
    for done in (0, 10, 20, 3):
        reported.note(done, 40, None)
        rates.append(reported.progress().rate_per_second)
        at[0] += 1

    assert rates == [None, 10.0, 10.0, None]


def test_the_longest_time_between_two_reports_is_its_rhythm(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("app.queue.context.reported.time.monotonic", lambda: at[0])
    reported = Reported()
    limits = []
    for passed in (0, 2, 30, 5):
        at[0] += passed
        reported.note(1, None, None)
        limits.append(reported.progress().stalled_after_seconds)

    assert limits == [45.0, 45.0, 150.0, 150.0]
