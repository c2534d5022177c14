"""Why a job waits, in one sentence: what is before it, what keeps it, and about how long that takes."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from app.db import JobSnapshot, State, processes
from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.queries import jobs
from app.queue import JobContext, job
from app.queue.acts import waiting
from app.queue.acts.queues import pause
from app.queue.acts.waiting import explained, why_waits
from app.queue.transport import sender
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture(autouse=True)
def _kinds(room: object) -> None:
    """One of which any number may run at once, one of which one may."""

    @job
    def count(ctx: JobContext) -> None:
        """Do nothing."""

    @job(max_running=1)
    def lonely(ctx: JobContext) -> None:
        """Do nothing."""


def listening(*, threads: int = 4) -> None:
    """Register a worker."""
    row = ProcessRow(
        id="w1", role="worker", name="w1", machine="here", pid=1, pid_started_at=0.0, threads=threads,
        queues=["default"], started_at=now(), beat_at=now(), running=[],
    )  # fmt: skip
    processes.register(row)


def because(job_id: int) -> str:
    """Return why a job waits."""
    wait = why_waits(jobs.get_job(job_id))
    assert wait is not None
    return wait.because


def test_a_queued_job_says_all_that_it_waits_for() -> None:
    job_id = stored().job_id
    nobody = because(job_id)
    listening()
    first, behind = because(job_id), because(stored().job_id)
    until = now().replace(microsecond=0) + timedelta(hours=1)
    pause("default", reason="the server moves.", until=until, by=ME)
    paused = why_waits(jobs.get_job(stored().job_id))

    assert nobody == "No worker listens to the queue default just now."
    assert first == "Next in the queue default; 4 of 4 threads free."
    assert behind == "Behind 1 job in the queue default; 4 of 4 threads free."
    assert paused is not None
    assert paused.because == (
        "The queue default is paused by me: the server moves; behind 2 jobs in the queue default."
    )
    assert paused.sentence == f"{paused.because} It goes on at {until:%Y-%m-%d %H:%M:%S} UTC."


@pytest.mark.parametrize(
    ("ended", "about"), [(timedelta(), "about 2 min"), (timedelta(hours=1), "under a minute")], ids=["pace", "usual"]
)
def test_where_no_thread_is_free_what_runs_is_named_and_about_how_long_it_takes(ended: timedelta, about: str) -> None:
    listening(threads=1)
    for _ in range(3):
        message = stored()
        assert claimed(message)
        done(message, at=now() - ended)
    running = stored()
    assert claimed(running)

    first, second = stored().job_id, stored().job_id

    named = f"0 of 1 thread free: #{running.job_id} Count runs before it"
    assert because(first) == f"Next in the queue default; {named}; {about}."
    assert because(second).startswith(f"Behind 1 job in the queue default; {named}")


def test_a_job_of_a_kind_that_is_full_waits_for_the_one_that_runs() -> None:
    listening()
    assert claimed(stored(kind="lonely"))

    assert because(stored(kind="lonely").job_id).startswith("1 job of this kind may run at once and does; ")


def test_while_redis_is_away_a_waiting_job_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def ping(self) -> None:
            raise redis.ConnectionError

    monkeypatch.setattr(sender, "client", Away)
    listening()

    assert because(stored().job_id).startswith("Redis is away, so that no worker hears of it; ")


def test_a_job_that_waits_for_its_time_says_it_and_one_that_runs_says_nothing() -> None:
    at = datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)
    later = inserted(run_at=at).job
    message = stored()
    assert claimed(message)
    running = jobs.get_job(message.job_id)
    retried = running.model_copy(update={"state": State.RETRYING, "run_at": at})

    assert sentence(later) == "It waits for its time, 2099-01-02 03:04:05 UTC."
    assert sentence(retried) == "Attempt 2 of 2 begins at 2099-01-02 03:04:05 UTC, because attempt 1 failed."
    assert why_waits(running) is None


def test_a_job_that_waits_for_others_names_them() -> None:
    first, second, third = stored().job_id, stored().job_id, stored().job_id
    one = inserted(after=(first,)).job
    many = inserted(after=(first, second, third), when="failed").job
    then = inserted(after=(first,), run_at=datetime(2099, 1, 2, tzinfo=UTC)).job

    assert sentence(one) == f"It waits for #{first} Count."
    assert sentence(many) == f"It waits for #{first} Count, #{second} Count and 1 more to fail."
    assert sentence(then) == f"It waits for #{first} Count, and then for its time, 2099-01-02 00:00:00 UTC."


def sentence(of: JobSnapshot) -> str:
    """Return why a job waits, with the instant."""
    wait = why_waits(of)
    assert wait is not None
    return wait.sentence


def test_a_single_job_is_told_with_its_wait_and_with_how_long_its_kind_runs() -> None:
    for _ in range(3):
        message = stored()
        assert claimed(message)
        done(message)

    told = explained(inserted().job)

    assert told.waiting_for == "No worker listens to the queue default just now."
    assert told.usual_seconds is not None
    assert waiting._about(59) == "under a minute"
    assert waiting._about(7200) == "about 2 h"
