"""The figures of the day."""

from collections import Counter
from datetime import timedelta

import pytest

from app.db import JobFilter, State
from app.db.clock import now
from app.db.lifecycle import requests
from app.db.queries import dashboard, jobs
from app.db.snapshots.parts import Failure
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_what_ended_is_counted_by_minute_hour_and_day() -> None:
    begun = now()
    failure = Failure(type="E", message="m", signature="s")
    for kind, outcome in (("count", "succeeded"), ("count", "succeeded"), ("mail", "failed")):
        message = stored(kind=kind)
        claimed(message)
        done(message, outcome=outcome, failure=failure if outcome == "failed" else None)
    stored()

    summary = dashboard.summary(day_start=begun.replace(hour=0, minute=0, second=0, microsecond=0))

    assert (summary.queued, summary.running) == (1, 0)
    assert (summary.succeeded_today, summary.failed_today, sum(summary.per_minute)) == (2, 1, 3)
    hours = dashboard.throughput(hours=2)
    assert (sum(hour.succeeded for hour in hours), sum(hour.failed for hour in hours)) == (2, 1)


def test_failed_today_are_the_jobs_that_failed_today_and_still_are_failed() -> None:
    begun = now()
    failure = Failure(type="E", message="m", signature="s")
    ids = []
    for _ in range(3):
        message = stored(max_attempts=1)
        claimed(message)
        done(message, outcome="failed", failure=failure)
        ids.append(message.job_id)
    requests.retry(ids[0], retries=0, by=ME)
    requests.delete(ids[1], by=ME)
    day_start = begun.replace(hour=0, minute=0, second=0, microsecond=0)

    summary = dashboard.summary(day_start=day_start)

    link = JobFilter(states=frozenset({State.FAILED}), finished_since=day_start)
    assert [job.id for job in jobs.list_jobs(link).items] == [ids[2]]
    assert (summary.failed_today, summary.finished_today, summary.day_start) == (1, 3, day_start)
    assert dashboard.summary(day_start=now()).failed_today == 0


@pytest.mark.parametrize("limit", [10_000, 3])
def test_an_hour_of_the_chart_counts_the_jobs_that_the_history_lists_for_it(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("app.db.queries.dashboard.COUNT_LIMIT", limit)
    failure = Failure(type="E", message="m", signature="s")
    at = now()
    monkeypatch.setattr("app.db.queries.dashboard.now", lambda: at)  # no hour begins meanwhile
    hour_start = at.replace(minute=0, second=0, microsecond=0)
    times = [hour_start, hour_start - timedelta(microseconds=1), hour_start - timedelta(hours=1)]
    failed = []
    for time in times:
        for outcome in ("succeeded", "failed", "failed"):
            message = stored(max_attempts=1)
            claimed(message)
            done(message, outcome=outcome, failure=failure if outcome == "failed" else None, at=time)
            failed += [message.job_id] if outcome == "failed" else []
    requests.retry(failed[0], retries=0, by=ME)
    requests.delete(failed[2], by=ME)

    hours = dashboard.throughput(hours=3)

    for hour in hours:
        link = JobFilter(finished_since=hour.at, finished_until=hour.at + timedelta(hours=1))
        states = Counter(job.state for job in jobs.list_jobs(link, limit=100).items)
        assert (hour.succeeded, hour.failed, hour.cancelled) == (
            states[State.SUCCEEDED],
            states[State.FAILED],
            states[State.CANCELLED],
        )
    assert [(hour.succeeded, hour.failed) for hour in hours] == [(0, 0), (2, 3), (1, 1)]
