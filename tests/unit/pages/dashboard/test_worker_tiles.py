"""How busy the workers are, by the jobs that the cards show."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.db.queries.workers import WorkerStatus
from app.pages.dashboard.worker_tiles import busy_of, busy_words


def worker(name: str, *, id: str = "", ran: Sequence[int] = (), is_alive: bool = True) -> WorkerStatus:
    """Make a worker of four threads. `ran`: what it ran when it was read."""
    return WorkerStatus(
        id=id or name,
        name=name,
        machine="here",
        pid=1,
        threads=4,
        queues=["default"],
        running_job_ids=list(ran),
        abandoned_threads=0,
        started_at=datetime.now(UTC),
        seen_seconds_ago=0,
        is_alive=is_alive,
    )


def test_what_has_ended_since_the_reading_is_not_counted_and_what_began_is() -> None:
    workers = [worker("worker-1", ran=[1, 2, 3]), worker("worker-2")]
    running_on = {3: "worker-1", 4: "worker-2"}

    assert busy_of(workers, running_on) == {"worker-1": 1, "worker-2": 1}
    assert busy_words(workers, running_on) == "2 of 8 threads busy"


def test_two_workers_of_one_name_are_told_apart_by_what_they_ran() -> None:
    workers = [worker("worker-1", id="a", ran=[1]), worker("worker-1", id="b", ran=[2, 3])]

    assert busy_of(workers, {1: "worker-1", 2: "worker-1", 3: "worker-1"}) == {"a": 1, "b": 2}


def test_what_a_dead_worker_ran_keeps_no_thread_busy() -> None:
    workers = [worker("worker-1", ran=[1], is_alive=False), worker("worker-2", ran=[2])]

    assert busy_words(workers, {1: "worker-1", 2: "worker-2"}) == "1 of 4 threads busy"
