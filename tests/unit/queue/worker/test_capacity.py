"""How many jobs a worker claims: one for each free thread, and some ahead only where all are very short."""

import pytest

from app.queue.context.run import Run
from app.queue.worker.capacity import Capacity, Room
from app.queue.worker.prefetch import Prefetch
from app.queue.worker.running_jobs import RunningJobs
from tests.unit.queue.runs import run_of


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
    worker.claim(run_of(1, kind_name="short"))
    with_one = worker.capacity.wait_for_room(0)
    worker.claim(run_of(2, kind_name="short"))
    with_two = worker.capacity.wait_for_room(0)
    worker.capacity.free()

    assert (at_first, with_one, with_two) == (Room(free=2, number=2), Room(free=1, number=1), None)
    assert worker.capacity.wait_for_room(0) == Room(free=1, number=1)


def test_of_very_short_jobs_more_are_claimed_than_threads_are_free() -> None:
    room = Worker(is_quick=True).capacity.wait_for_room(0)

    assert room is not None
    assert room.free == 2
    assert room.number > 20


@pytest.mark.parametrize("other", [run_of(kind_name="unknown"), run_of(kind_name="short", is_isolated=True)])
def test_nothing_is_claimed_ahead_beside_a_job_that_may_take_longer(other: Run) -> None:
    worker = Worker(is_quick=True)
    worker.claim(other)

    assert worker.capacity.wait_for_room(0) == Room(free=1, number=1)


def test_a_worker_that_stops_or_has_lost_a_thread_claims_nothing() -> None:
    stopping, spent = Worker(is_quick=False), Worker(is_quick=False)
    stopping.capacity.close()
    abandoned = run_of()
    abandoned.is_abandoned = True
    spent.running.add_stray(abandoned)

    assert stopping.capacity.wait_for_room(0) is None
    assert spent.capacity.wait_for_room(0) is None


def test_a_quiet_worker_claims_nothing_until_it_is_resumed() -> None:
    capacity = Worker(is_quick=False).capacity
    capacity.set_quiet(True)
    while_quiet = capacity.wait_for_room(0)
    capacity.set_quiet(False)

    assert (while_quiet, capacity.wait_for_room(0)) == (None, Room(free=2, number=2))


def test_the_time_for_which_threads_had_a_job_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("app.queue.worker.capacity.time.monotonic", lambda: at[0])
    worker = Worker(is_quick=False)
    for number, seconds in ((1, 5.0), (2, 3.0), (3, 2.0)):
        worker.claim(run_of(number, kind_name="short"))  # the third waits: it was claimed ahead
        at[0] += seconds
    worker.capacity.free()
    worker.capacity.free()
    at[0] += 10.0

    assert worker.capacity.used_seconds == 5.0 + 2 * 3.0 + 2 * 2.0 + 10.0


def test_free_threads_but_one_are_lent_while_no_message_is_there() -> None:
    worker = Worker(is_quick=False)
    beside_messages = worker.capacity.lend()
    with worker.capacity.waiting():
        lent, more = worker.capacity.lend(), worker.capacity.lend()
        meanwhile = worker.capacity.wait_for_room(0)
        worker.capacity.free()
        worker.capacity.set_quiet(True)
        while_quiet = worker.capacity.lend()
        worker.capacity.set_quiet(False)

    assert (beside_messages, lent, more, while_quiet) == (0, 1, 0, 0)
    assert meanwhile == Room(free=1, number=1)
    assert worker.capacity.wait_for_room(0) == Room(free=2, number=2)
