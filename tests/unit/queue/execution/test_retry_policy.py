"""When a failure is tried again, and which failures are of one cause."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.queries import cursors
from app.errors import InvalidInput, NotFound, Unavailable
from app.queue import JobContext, JobError, job, registry
from app.queue.context.stop import JobTimedOut
from app.queue.execution.retry_policy import (
    MAX_RETRY_DELAY_SECONDS,
    asked_pause,
    failure_of,
    is_retried,
    place_of,
    retry_at,
    signature,
)
from app.queue.kinds.kind import Kind

AT = datetime(2026, 1, 1, tzinfo=UTC)


def kind(**options: Any) -> Kind[Any, Any]:
    """Declare a kind with these options."""
    with registry.isolated():

        @job(**options)
        def some(ctx: JobContext) -> None:
            """Do nothing."""

    declared: Kind[Any, Any] = some
    return declared


@pytest.mark.parametrize(
    ("options", "error", "expected"),
    [
        ({}, ValueError(), True),
        ({}, JobError(), False),
        ({}, NotFound("There is no such file."), False),
        ({}, Unavailable("The disk is full."), True),
        ({}, JobTimedOut(), True),
        ({"retry_on": OSError}, ConnectionError(), True),
        ({"retry_on": OSError}, ValueError(), False),
        ({"retry_on": (OSError, ValueError), "no_retry_on": ConnectionError}, ConnectionError(), False),
        ({"no_retry_on": TimeoutError}, JobTimedOut(), False),
        ({"retry_on": Exception}, JobError(), False),
    ],
)
def test_the_type_decides_whether_a_failure_is_retried(
    options: dict[str, Any], error: BaseException, expected: bool
) -> None:
    assert is_retried(kind(**options), error) is expected


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "The job called sys.exit(0), which counts as a failure. A job that is done returns."),
        (None, "The job called sys.exit(), which counts as a failure. A job that is done returns."),
        (3, "The job called sys.exit(3). A job that fails raises JobError with a sentence."),
        ("no such table", "The job called sys.exit: no such table"),
    ],
)
def test_an_exit_says_what_it_means_in_a_job(code: Any, said: str) -> None:
    assert failure_of(kind(), SystemExit(code)).message == said


def test_one_delay_doubles_with_a_little_jitter_up_to_a_week() -> None:
    delays = [(retry_at(kind(retry_delay=10), failures, AT) - AT).total_seconds() for failures in (1, 2, 3, 100)]
    for delay, expected in zip(delays, (10, 20, 40, 7 * 24 * 3600), strict=True):
        assert expected <= delay <= expected * 1.1


def test_a_list_of_delays_is_followed_and_its_last_one_repeats() -> None:
    listed = kind(retry_delay=[1, 5])
    assert [(retry_at(listed, failures, AT) - AT).total_seconds() for failures in (1, 2, 3, 9)] == [1, 5, 5, 5]


class Busy(Exception):
    def __init__(self, retry_after: object) -> None:
        self.retry_after = retry_after


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (120, 120.0),
        (0.5, 0.5),
        (timedelta(minutes=2), 120.0),
        (-5, 0.0),
        (float("inf"), MAX_RETRY_DELAY_SECONDS),
        (10**400, MAX_RETRY_DELAY_SECONDS),
        (timedelta.max, MAX_RETRY_DELAY_SECONDS),
        (float("nan"), 0.0),
        (True, 0.0),
        ("120", 0.0),
        (None, 0.0),
    ],
)
def test_an_exception_may_ask_for_a_pause(asked: object, seconds: float) -> None:
    assert asked_pause(Busy(asked)) == timedelta(seconds=seconds)
    assert asked_pause(ValueError()) == timedelta()


def test_a_retry_comes_no_sooner_than_it_was_asked_for_and_no_sooner_than_its_kind_says() -> None:
    listed = kind(retry_delay=[10])
    assert retry_at(listed, 1, AT, pause=timedelta(seconds=120)) == AT + timedelta(seconds=120)
    assert retry_at(listed, 1, AT, pause=timedelta(seconds=3)) == AT + timedelta(seconds=10)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("row 12 of 300", "row 7 of 1,024"),
        ("no file '/tmp/a.csv'", "no file '/tmp/b/c.csv'"),
        ("cannot open /var/x/y.csv: denied", "cannot open /srv/z.csv: denied"),
        ("object at 0x7f00aa", "object at 0x12"),
    ],
)
def test_failures_of_one_cause_share_their_signature(one: str, other: str) -> None:
    assert signature("E", one) == signature("E", other)


def test_failures_of_different_causes_do_not() -> None:
    assert len({signature("E", "connection refused"), signature("E", "disk full"), signature("F", "disk full")}) == 3


def test_the_place_of_a_failure_is_the_authors_innermost_function() -> None:
    def parse_row(row: str) -> object:
        return json.loads(row)  # the library raises

    try:
        parse_row("{")
    except ValueError as error:
        caught = error

    place = place_of(caught)
    assert place == "test_retry_policy.test_the_place_of_a_failure_is_the_authors_innermost_function.parse_row"
    assert signature("E", "row 12", place="mail.send") == "E in mail.send: row <n>"
    assert place_of(ValueError("never raised")) == ""


def test_a_frame_of_ours_is_not_the_authors() -> None:
    with pytest.raises(InvalidInput) as caught:
        cursors.read_cursor("{", "id")

    assert place_of(caught.value) == "test_retry_policy.test_a_frame_of_ours_is_not_the_authors"
