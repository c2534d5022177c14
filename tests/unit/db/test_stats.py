"""The dashboard's figures, from the kept totals."""

import pytest

from app.db import JobFilter, State, processes
from app.db.clock import now
from app.db.lifecycle import requests
from app.db.models import ProcessRow
from app.db.queries import counts, dashboard, jobs, workers
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
    requests.delete(ids[1])
    day_start = begun.replace(hour=0, minute=0, second=0, microsecond=0)

    summary = dashboard.summary(day_start=day_start)

    link = JobFilter(states=frozenset({State.FAILED}), finished_since=day_start)
    assert [job.id for job in jobs.list_jobs(link).items] == [ids[2]]
    assert (summary.failed_today, summary.finished_today, summary.day_start) == (1, 3, day_start)
    assert dashboard.summary(day_start=now()).failed_today == 0


def test_totals_never_show_less_than_nothing_and_forget_what_was_removed() -> None:
    message = stored()
    requests.cancel(message.job_id, by=ME)
    pruned = requests.prune(now(), limit=10, max_lines=10)
    assert pruned.job_ids == [message.job_id]
    assert counts.state_totals()[State.CANCELLED] == 0


def test_living_processes_are_listed_with_what_they_run_at_this_moment() -> None:
    at = now()
    row = ProcessRow(
        id="1",
        role="worker",
        name="worker-1",
        machine="here",
        pid=1,
        pid_started_at=2**33 + 0.5,
        threads=4,
        queues=["default", "über"],
        started_at=at,
        beat_at=at,
        running=[],
    )
    processes.register(row)
    assert processes.beat("1", 1, running=[2**40], abandoned=2)
    assert not processes.beat("2", 1, running=[])
    message = stored()
    assert claimed(message, "1")
    [worker] = workers.workers()
    assert (worker.queues, worker.running_job_ids, worker.is_alive) == (["default", "über"], [message.job_id], True)
    assert worker.abandoned_threads == 2
    assert processes.every()[0].pid_started_at == 2**33 + 0.5
    assert workers.schedulers() == []
