"""Failures of one cause: counted with the jobs that fail, open until something makes them good."""

from datetime import timedelta
from typing import Any

import pytest

from app.db import State
from app.db.clock import now
from app.db.failures import dismissing, groups
from app.db.failures.groups import FailureGroup
from app.db.failures.tally import KEPT_HOURS, by_hour, hour_of
from app.db.lifecycle import batch, requests, rescue
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.start import Message
from app.db.snapshots.parts import Failure
from app.errors import NotFound
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]
CAUSE = "OSError in mail.send: connection refused"


def failed(cause: str = CAUSE, **changes: Any) -> Message:
    message = stored(**changes)
    fail_again(message, cause)
    return message


def fail_again(message: Message, cause: str = CAUSE) -> None:
    assert claimed(message)
    end = Failure(type="OSError", message="connection refused by 10.0.0.1", signature=cause)
    assert done(message, outcome="failed", result=None, failure=end) is not None


def succeeded(**changes: Any) -> Message:
    message = stored(**changes)
    assert claimed(message)
    assert done(message) is not None
    return message


def retried(message: Message) -> Message:
    return requests.retry(message.job_id, retries=0, by=ME)[1]


def group(cause: str = CAUSE) -> FailureGroup:
    return groups.get_group(cause)


def standing(cause: str = CAUSE) -> tuple[str, int, int]:
    found = group(cause)
    return found.state, found.count, found.open


def test_failures_of_one_cause_are_one_group() -> None:
    first, last = failed(), failed(kind="mail")
    failed("E: other")

    found = group()

    assert (found.type, found.message, found.state) == ("OSError", "connection refused by 10.0.0.1", "open")
    assert (found.count, found.open, found.kinds) == (2, 2, {"count": 1, "mail": 1})
    assert (found.last_job_id, found.first_at < found.last_at) == (last.job_id, True)
    assert sum(found.trend[-2:]) == 2
    assert found.links.jobs == "/history?signature=OSError+in+mail.send%3A+connection+refused"
    assert groups.open_job_ids(CAUSE, limit=10) == [first.job_id, last.job_id]
    assert [one.signature for one in groups.list_groups(limit=10)] == ["E: other", CAUSE]


def test_an_attempt_that_is_tried_again_is_no_failure_yet() -> None:
    message = stored()
    assert claimed(message)
    end = Failure(type="E", message="m", signature="E: m")
    done(message, outcome="failed", result=None, failure=end, retry_at=now())

    assert groups.list_groups(limit=10) == []


def test_a_group_is_resolved_when_the_last_of_its_jobs_is_retried_well() -> None:
    first, second = failed(), failed()
    again = retried(first)
    assert standing() == ("open", 2, 2)  # what runs again is not made good yet
    assert groups.open_job_ids(CAUSE, limit=10) == [second.job_id]

    assert claimed(again)
    assert done(again) is not None
    assert standing() == ("open", 2, 1)
    again = retried(second)
    assert claimed(again)
    assert done(again) is not None

    found = group()
    assert (found.state, found.open, found.resolved_by) == ("resolved", 0, f"job #{second.job_id}")
    assert found.resolved_at is not None
    assert groups.made_good_by(first.job_id) is None  # it is no failed job any more


def test_a_retry_that_fails_again_is_counted_and_no_regression() -> None:
    message = failed()

    fail_again(retried(message))

    assert standing() == ("open", 2, 1)
    assert not group().is_regression


def test_a_retry_that_fails_of_another_cause_moves_on() -> None:
    message = failed()

    fail_again(retried(message), "E: other")

    assert (standing(), standing("E: other")) == (("resolved", 1, 0), ("open", 1, 1))
    assert group().resolved_at is None  # nothing made it good


def test_a_job_that_was_started_instead_makes_good_what_it_stands_for() -> None:
    first = failed()
    second = failed(retry_of=first.job_id)

    third = succeeded(retry_of=second.job_id)

    assert standing() == ("resolved", 2, 0)
    assert [groups.made_good_by(one.job_id) for one in (first, second)] == [f"job #{third.job_id}"] * 2


def test_the_next_run_of_its_schedule_makes_it_good() -> None:
    at = now()
    nights = [at + timedelta(days=day) for day in range(4)]
    failed(schedule_id=1, scheduled_for=nights[0])
    failed(schedule_id=1, scheduled_for=nights[2])
    failed(schedule_id=2, scheduled_for=nights[0])

    succeeded(schedule_id=1, scheduled_for=nights[1])  # an instant of the past that was filled in
    assert standing() == ("open", 3, 2)
    succeeded(schedule_id=1, scheduled_for=nights[3])

    assert standing() == ("open", 3, 1)
    succeeded(schedule_id=2, scheduled_for=None)  # run by hand
    assert standing() == ("resolved", 3, 0)


@pytest.mark.parametrize("was", ["dismissed", "resolved"])
def test_what_comes_again_is_marked_as_a_regression(was: str) -> None:
    message = failed()
    if was == "dismissed":
        dismissing.dismiss(CAUSE, by=ME)
    else:
        again = retried(message)
        assert claimed(again)
        assert done(again) is not None
    before = group()
    assert (before.state, before.is_regression) == (was, False)

    failed()

    found = group()
    assert (found.state, found.is_regression, found.came_back_after) == ("open", True, was)
    assert found.came_back_at == found.last_at
    assert (found.dismissed_at, found.resolved_at) == (None, None)


def test_a_failed_job_that_is_cancelled_or_deleted_is_open_no_more() -> None:
    first, second, third = failed(), failed(), failed()
    retried(first)
    requests.cancel(first.job_id, by=ME)
    assert standing() == ("open", 3, 2)
    requests.delete(second.job_id, by=ME)
    assert standing() == ("open", 3, 1)

    requests.prune(now() + timedelta(days=1), limit=10, max_lines=10)

    assert standing() == ("resolved", 3, 0)
    assert group().resolved_at is None
    assert groups.open_job_ids(CAUSE, limit=10) == []
    assert third.job_id


def test_a_job_whose_worker_died_belongs_to_a_group() -> None:
    message = stored(max_crashes=1)
    assert claimed(message)

    rescue.rescue("w1")

    assert standing("WorkerDied") == ("open", 1, 1)


def test_a_group_says_which_versions_of_the_code_failed() -> None:
    worker = Worker(id="w1", name="w1")
    for version in ("aa", "bb", "bb"):
        message = stored()
        batch.record([], [message], worker=worker, versions={"count": version})
        failure = Failure(type="E", message="m", signature=CAUSE)
        assert done(message, outcome="failed", result=None, failure=failure) is not None

    assert group().versions == {"aa": 1, "bb": 2}


def test_groups_are_listed_by_state_time_and_page() -> None:
    for number in range(3):
        failed(f"E: {number}")
    dismissing.dismiss("E: 2", by=ME)

    assert [one.signature for one in groups.list_groups(state="open", limit=10)] == ["E: 1", "E: 0"]
    assert [one.signature for one in groups.list_groups(state="dismissed", limit=10)] == ["E: 2"]
    assert groups.list_groups(state="resolved", limit=10) == []
    [first] = groups.list_groups(limit=1)
    rest = groups.list_groups(limit=10, after=(first.last_at, first.signature))
    assert (first.signature, [one.signature for one in rest]) == ("E: 2", ["E: 1", "E: 0"])
    assert groups.list_groups(since=now() + timedelta(hours=1), limit=10) == []


def test_the_trend_is_of_the_last_hours() -> None:
    at = now()
    hours = {str(hour_of(at)): 2, str(hour_of(at) - 3): 1, str(hour_of(at) - KEPT_HOURS): 9}

    assert by_hour(hours, until=at, count=4) == [1, 0, 0, 2]


def test_a_scheduled_job_that_waits_is_cancelled_without_a_trace() -> None:
    waiting = inserted(delay=timedelta(hours=1)).job

    assert requests.cancel(waiting.id, by=ME)[0].state is State.CANCELLED
    assert groups.list_groups(limit=10) == []


def test_a_group_is_dismissed_once_and_that_is_taken_back() -> None:
    failed("E: m")

    first, again = dismissing.dismiss("E: m", by=ME), dismissing.dismiss("E: m", by=ME)
    assert (first.state, first.dismissed_by, first.dismissed_at) == ("dismissed", "me", again.dismissed_at)

    assert dismissing.take_back("E: m", by=ME).state == "open"
    assert groups.get_group("E: m").dismissed_at is None


def test_what_never_failed_cannot_be_dismissed() -> None:
    with pytest.raises(NotFound):
        dismissing.dismiss("E: m", by=ME)
    with pytest.raises(NotFound):
        dismissing.take_back("E: m", by=ME)


def test_groups_without_open_jobs_are_forgotten_in_the_end() -> None:
    requests.delete(failed("E: gone").job_id, by=ME)
    failed("E: open")
    tomorrow = now() + timedelta(days=1)

    assert dismissing.forget(now() - timedelta(days=1)) == 0
    assert dismissing.forget(tomorrow) == 1
    assert [one.signature for one in groups.list_groups(limit=10)] == ["E: open"]
