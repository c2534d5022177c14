"""Workers: what each says of itself, and what may be asked of one."""

from collections.abc import Callable

import pytest

from app.db import State
from app.db.queries import jobs
from app.errors import NotFound, WrongState
from app.queue import JobContext, job, start
from app.queue.acts.queues import get_queue
from app.queue.acts.workers import list_workers, quiet, resume, stop
from app.queue.worker.worker import WorkerLife
from tests.actors import ME, person
from tests.living import register_worker
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")


def test_a_worker_is_listed_with_who_made_it_quiet() -> None:
    register_worker()
    asked = quiet("worker-1", by=person("ops"))
    [listed] = list_workers()
    back = resume("worker-1", by=ME)

    assert (asked.is_quiet, asked.is_stopping, asked.asked_by, asked.is_alive) == (True, False, "ops", True)
    assert listed.model_copy(update={"seen_seconds_ago": 0.0}) == asked.model_copy(update={"seen_seconds_ago": 0.0})
    assert (back.is_quiet, back.busy_ratio, back.memory_bytes) == (False, 0.0, None)


def test_a_stop_is_not_taken_back_and_may_be_asked_for_twice() -> None:
    register_worker()
    stop("worker-1", by=ME)

    assert stop("worker-1", by=ME).is_stopping
    for act in (quiet, resume):
        with pytest.raises(WrongState, match="worker-1 is stopping"):
            act("worker-1", by=ME)


@pytest.mark.parametrize("act", [quiet, resume, stop])
def test_a_worker_that_is_not_there_cannot_be_asked(act: Callable[..., object]) -> None:
    with pytest.raises(NotFound):
        act("gone", by=ME)


def test_a_queue_to_which_only_quiet_workers_listen_says_so() -> None:
    register_worker()
    register_worker("worker-2")
    quiet("worker-1", by=ME)
    with_one = get_queue("default").remark
    quiet("worker-2", by=ME)

    assert with_one is None
    assert get_queue("default").remark == (
        "All that listen to default are quiet; its jobs wait until one takes jobs again."
    )


@pytest.mark.thorough
def test_a_quiet_worker_lets_its_jobs_go_on_and_begins_no_other(run_worker: Callable[..., WorkerLife]) -> None:
    @job
    def idle(ctx: JobContext) -> None:
        """Do nothing."""

    life = run_worker()
    before = idle.start()
    until(lambda: jobs.get_job(before.id).state is State.SUCCEEDED)
    quiet(life.id, by=ME)
    until(lambda: life.capacity.wait_for_room(1.0) is None)  # a thread that has just ended its job is free by then
    waiting = start("idle", {}, by=ME)
    state_while_quiet = jobs.get_job(waiting.id).state
    resume(life.id, by=ME)

    assert state_while_quiet is State.QUEUED
    until(lambda: jobs.get_job(waiting.id).state is State.SUCCEEDED)
