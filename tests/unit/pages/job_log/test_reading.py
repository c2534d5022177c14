"""The log of a job for its page: the last lines that were chosen, and the whole of it as text."""

from datetime import UTC, datetime

import pytest

from app.db.lifecycle import reported
from app.db.snapshots.parts import NewLogLine
from app.pages.job_log.log import LogChoice
from app.pages.job_log.reading import read_log_tail, read_whole_log
from tests.store import claimed, stored


@pytest.fixture
def job_id(room: object) -> int:
    """A job with three lines."""
    message = stored()
    assert claimed(message)
    at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    texts = [("one", 20), ("two: odd", 30), ("three", 20)]
    reported.record(
        [], [NewLogLine(message.job_id, number, 1, at, level, text) for number, (text, level) in enumerate(texts, 1)]
    )
    return message.job_id


def test_the_chosen_lines_are_read_and_which_line_is_the_newest(job_id: int) -> None:
    everything, newest = read_log_tail(job_id, LogChoice())
    chosen, newest_then = read_log_tail(job_id, LogChoice(level="warning", text="odd"))

    assert [line.text for line in everything] == ["one", "two: odd", "three"]
    assert [line.text for line in chosen] == ["two: odd"]
    assert newest == newest_then == 3


def test_the_whole_log_is_a_line_of_text_for_each(job_id: int) -> None:
    assert read_whole_log(job_id).splitlines() == [
        "2026-11-01T08:00:00.000000Z info    [1] one",
        "2026-11-01T08:00:00.000000Z warning [1] two: odd",
        "2026-11-01T08:00:00.000000Z info    [1] three",
    ]


def test_a_log_of_more_lines_than_are_read_at_once_is_whole(room: object) -> None:
    message = stored()
    assert claimed(message)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    reported.record([], [NewLogLine(message.job_id, number, 1, at, 20, f"line {number}") for number in range(1, 5003)])

    lines = read_whole_log(message.job_id).splitlines()

    assert (len(lines), lines[-1].rpartition("] ")[2]) == (5002, "line 5002")
