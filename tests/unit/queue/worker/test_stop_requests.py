"""A worker hears that its jobs have to stop from the rows of these jobs."""

import pytest

from app.queue import cancel
from app.queue.context.stop import StopReason
from app.queue.worker import stop_requests
from app.queue.worker.running_jobs import RunningJobs
from app.queue.worker.stop_requests import StopRequests
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.store import stored
from tests.unit.queue.runs import run_of
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")


@pytest.mark.parametrize(
    ("is_forced", "is_ours", "reason"),
    [(False, True, StopReason.CANCELLED), (True, True, StopReason.CANCELLED), (False, False, StopReason.LOST)],
)
def test_a_job_is_asked_to_stop_when_its_row_says_so_or_is_another_worker_s(
    monkeypatch: pytest.MonkeyPatch, is_forced: bool, is_ours: bool, reason: StopReason
) -> None:
    monkeypatch.setattr(stop_requests, "READ_SECONDS", 0.02)
    worker = WorkerLife(name="worker-1", client=None)
    worker.start(threads=1)
    message = stored()
    [claim] = worker.claim([message])
    run = run_of(claim.job_id, token=claim.token if is_ours else claim.token - 1, grace=3600.0)
    running = RunningJobs()
    running.add(run)
    requests = StopRequests(running, client=None, pauses_changed=lambda: None)

    requests.start(worker_id=worker.id)
    was_left_alone = run.stop_reason is None or not is_ours
    if is_ours:
        cancel(message.job_id, by=ME, is_forced=is_forced)
    until(lambda: run.stop_reason is not None)
    requests.stop()
    worker.stop()

    assert was_left_alone
    assert run.stop_reason is reason
