"""How many jobs a worker claims: one for each free thread, and some ahead only where all are very short."""

import pytest

from app.queue.context.run import Run
from app.queue.worker.capacity import Capacity, Room
from app.queue.worker.prefetch import Prefetch
from app.queue.worker.running_jobs import RunningJobs


def run(job_id: int, *, kind: str = "short", token: int = 1, is_isolated: bool = False) -> Run:
    """Make a run of a job."""
    return Run(
        job_id=job_id,
        kind_name=kind,
        token=token,
        attempt=1,
        max_attempts=1,
        params={},
        stored_params={},
        timeout=None,
        grace=0.0,
        is_isolated=is_isolated,
    )


class Worker:
    """A worker of two threads, whose jobs of kind `short` took a millisecond of late."""

    def __init__(self, *, is_quick: bool) -> None:
        """Open it."""
        self.running = RunningJobs()
        prefetch = Prefetch()
        for _ in range(50 if is_quick else 0):
            prefetch.note("short", 0.001)
        self.capacity = Capacity(self.running, prefetch)
        self.capacity.open(2)

    def claim(self, claimed: Run) -> None:
        """Claim a job."""
        self.running.add(claimed)
        self.capacity.occupy()


def test_a_worker_claims_as_many_jobs_as_it_has_free_threads() -> None:
    worker = Worker(is_quick=False)
    at_first = worker.capacity.wait_for_room(0)
    worker.claim(run(1))
    with_one = worker.capacity.wait_for_room(0)
    worker.claim(run(2))
    with_two = worker.capacity.wait_for_room(0)
    worker.capacity.free()

    assert (at_first, with_one, with_two) == (Room(free=2, number=2), Room(free=1, number=1), None)
    assert worker.capacity.wait_for_room(0) == Room(free=1, number=1)


def test_of_very_short_jobs_more_are_claimed_than_threads_are_free() -> None:
    room = Worker(is_quick=True).capacity.wait_for_room(0)

    assert room is not None
    assert room.free == 2
    assert room.number > 20


@pytest.mark.parametrize("other", [run(1, kind="unknown"), run(1, is_isolated=True)])
def test_nothing_is_claimed_ahead_beside_a_job_that_may_take_longer(other: Run) -> None:
    worker = Worker(is_quick=True)
    worker.claim(other)

    assert worker.capacity.wait_for_room(0) == Room(free=1, number=1)


def test_a_worker_that_stops_or_has_lost_a_thread_claims_nothing() -> None:
    stopping, spent = Worker(is_quick=False), Worker(is_quick=False)
    stopping.capacity.close()
    abandoned = run(1)
    abandoned.is_abandoned = True
    spent.running.add_stray(abandoned)

    assert stopping.capacity.wait_for_room(0) is None
    assert spent.capacity.wait_for_room(0) is None


def test_a_later_run_of_the_same_job_takes_the_place_of_the_lost_one() -> None:
    running = RunningJobs()
    lost, later = run(1, token=1), run(1, token=2)
    running.add(lost)

    assert running.add(later) is lost
    running.remove(lost)
    assert running.find(1) is later
    assert running.has_attempt(1, 2)
    assert not running.has_attempt(1, 1)
