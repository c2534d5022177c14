"""What happened in the last days: read page by page, and no further than somebody wants it."""

from datetime import timedelta

import pytest

from app.db import State
from app.db.queries import activity
from tests.unit.jobs.history import add_job

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


def test_only_what_was_started_in_these_days_is_counted() -> None:
    add_job(age=3 * DAY)
    add_job(age=DAY, state=State.FAILED, error_type="E", error_message="m" * 400, error_signature="E: m")
    add_job(age=timedelta(0), state=State.QUEUED)
    add_job(age=3 * DAY)  # the clock was set back meanwhile

    found = activity.activity(days=2)

    assert (found.jobs, found.states[State.SUCCEEDED], found.states[State.FAILED]) == (2, 0, 1)
    assert [(group.signature, group.count, len(group.message)) for group in found.failures] == [("E: m", 1, 300)]
    assert (len(found.per_day), found.until - found.since) == (3, 2 * DAY)


def test_a_job_that_was_queued_again_after_it_ran_has_no_wait() -> None:
    add_job(age=DAY, wait_seconds=-60)
    add_job(age=DAY, wait_seconds=2)

    [kind] = activity.activity(days=2).kinds

    assert kind.wait is not None
    assert (kind.wait.count, kind.wait.max) == (1, 2.0)


def test_progress_is_told_after_each_page_and_may_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "PAGE_ROWS", 2)
    for _ in range(5):
        add_job(age=DAY)
    told: list[tuple[int, int]] = []

    activity.activity(days=2, advance=lambda done, total: told.append((done, total)))

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    assert told == [(2, 5), (4, 5), (5, 5)]
    with pytest.raises(KeyboardInterrupt):
        activity.activity(days=2, advance=stop)


def test_an_empty_history_has_no_kinds_and_tells_nothing() -> None:
    found = activity.activity(days=1, advance=lambda done, total: pytest.fail("there is nothing to pass"))

    assert (found.jobs, found.kinds, found.slowest, found.failures) == (0, [], [], [])


def test_the_newest_jobs_are_read_where_more_were_started() -> None:
    for hours in (20, 15, 10, 5, 1):
        add_job(age=hours * DAY / 24)

    newest = activity.activity(days=1, most=3)
    every = activity.activity(days=1, most=5)

    assert (newest.jobs, newest.is_partial, newest.since - every.since > 13 * DAY / 24) == (3, True, True)
    assert (every.jobs, every.is_partial) == (5, False)
