"""The log of a job for its page: the last lines that were chosen, and the whole of it as text."""

from datetime import UTC, datetime

import pytest

from app.db.lifecycle import reported
from app.db.snapshots.parts import NewLogLine
from app.pages.job_log.choice import LogChoice
from app.pages.job_log.reading import (
    LINES_BEFORE,
    LOG_LINES,
    Found,
    count_found,
    find_next,
    read_earlier,
    read_later,
    read_log,
    read_whole_log,
)
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
    everything = read_log(job_id, LogChoice())
    chosen = read_log(job_id, LogChoice(level="warning", text="odd"))

    assert [line.text for line in everything.lines] == ["one", "two: odd", "three"]
    assert [line.text for line in chosen.lines] == ["two: odd"]
    assert everything.last_seq == chosen.last_seq == 3


def test_a_line_is_shown_among_those_around_it_whatever_is_searched(room: object) -> None:
    message = stored()
    at = datetime(2026, 11, 1, tzinfo=UTC)
    total = LINES_BEFORE + 2 * LOG_LINES
    reported.record(
        [], [NewLogLine(message.job_id, number, 1, at, 20, f"line {number}") for number in range(1, total + 1)]
    )
    asked = LINES_BEFORE + 100

    middle = read_log(message.job_id, LogChoice(line=asked, text="line 7"))
    end = read_log(message.job_id, LogChoice(line=total - 1))

    assert [line.seq for line in middle.lines] == list(range(100, asked + LOG_LINES))
    assert (middle.has_earlier, middle.has_later, middle.last_seq) == (True, True, total)
    assert (end.lines[-1].seq, end.has_earlier, end.has_later) == (total, True, False)


def test_the_lines_before_and_behind_those_that_are_shown_follow_until_there_are_no_more(room: object) -> None:
    message = stored()
    at = datetime(2026, 11, 1, tzinfo=UTC)
    total = LOG_LINES + 100
    texts = [f"line {number}, {'odd' if number % 2 else 'even'}" for number in range(1, total + 1)]
    reported.record([], [NewLogLine(message.job_id, seq, 1, at, 20, text) for seq, text in enumerate(texts, 1)])

    last = read_log(message.job_id, LogChoice())
    first = read_earlier(message.job_id, LogChoice(), before=last.lines[0].seq)
    odd = read_earlier(message.job_id, LogChoice(text="ODD"), before=100, most=10)
    around = read_later(message.job_id, LogChoice(text="odd", line=50), after=98)

    assert ([line.seq for line in last.lines], last.has_earlier) == (list(range(101, total + 1)), True)
    assert ([line.seq for line in first.lines], first.has_more) == (list(range(1, 101)), False)
    assert ([line.seq for line in odd.lines], odd.has_more) == (list(range(81, 101, 2)), True)
    assert ([line.seq for line in around.lines], around.has_more) == (list(range(99, 99 + LOG_LINES)), True)


def test_the_lines_that_have_a_text_are_counted_and_gone_through_round_and_round(job_id: int) -> None:
    choice = LogChoice(text="e")  # "one" and "three"

    assert count_found(job_id, choice, up_to=3) == Found(number=0, total=2)
    assert count_found(job_id, choice, up_to=2) == Found(number=0, total=1)
    assert count_found(job_id, LogChoice(text="e", line=3), up_to=3) == Found(number=2, total=2)
    assert [find_next(job_id, choice, step=step) for step in (1, -1)] == [1, 3]
    assert [find_next(job_id, LogChoice(text="e", line=1), step=step) for step in (1, -1)] == [3, 3]
    assert find_next(job_id, LogChoice(text="e", level="error"), step=1) is None


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
