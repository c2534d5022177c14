"""Jobs in processes of their own, and threads that nothing interrupts: both are stopped all the same."""

import sys

import psutil
import pytest

from app.db import State
from tests.e2e.folder import Folder
from tests.e2e.instance import READY_SECONDS, Instance, Role
from tests.missing import missing
from tests.waiting import until


def test_an_isolated_job_does_all_that_a_job_does_and_its_process_is_used_again(
    instance: Instance, folder: Folder
) -> None:
    first = instance.wait_for(instance.start("work_apart", folder=folder), State.SUCCEEDED)

    assert (first.progress.done, first.progress.total, first.progress.message) == (3, 3, "apart")
    assert [line.text for line in instance.log(first.id)] == ["step 0", "step 1", "step 2", "nearly done"]
    assert [artifact.name for artifact in instance.artifacts(first.id)] == ["apart.txt"]
    assert instance.api.get(f"/api/v1/jobs/{first.id}/checkpoint").json()["value"] == {"steps": 3}
    child = instance.wait_for(first.result, State.SUCCEEDED)
    assert (child.parent_id, child.kind, child.created_by) == (first.id, "count", f"job #{first.id}")
    [pid] = folder.notes(first.id)
    workers = {instance.child("worker-1").pid, instance.child("worker-2").pid}
    assert int(pid.split()[1]) not in workers
    assert psutil.Process(int(pid.split()[1])).parents()[1].pid in workers  # between them is its keeper


def test_an_isolated_job_waits_for_its_children_and_goes_on_with_what_they_answer(
    instance: Instance, folder: Folder
) -> None:
    ended = instance.wait_for(instance.start("gather_apart", folder=folder), State.SUCCEEDED)

    assert instance.outcomes(ended.id) == ["put_aside", "succeeded"]
    assert [instance.job(one).parent_id for one in ended.result] == [ended.id, ended.id]


def test_the_traceback_of_an_isolated_job_begins_in_its_function(instance: Instance) -> None:
    failed = instance.wait_for(instance.start("fail_apart"), State.FAILED)

    [attempt] = instance.attempts(failed.id)
    assert attempt.traceback is not None
    assert attempt.traceback.count("File ") == 1
    assert attempt.traceback.endswith("LookupError: no such day\n")


def test_what_holds_the_interpreter_in_its_own_process_is_stopped_by_force(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("hold_the_interpreter", folder=folder)
    instance.wait_for(job_id, State.RUNNING)
    until(lambda: folder.notes(job_id))

    asked = instance.act(f"/jobs/{job_id}/cancel", {"force": True})

    assert asked.force_requested_at is not None
    stopped = instance.wait_for(job_id, State.CANCELLED)
    assert stopped.error is None
    assert instance.outcomes(job_id) == ["cancelled"]


def test_a_process_that_ends_without_a_word_is_noticed_though_its_child_goes_on(
    instance: Instance, folder: Folder
) -> None:
    failed = instance.wait_for(instance.start("leave_a_child_behind", folder=folder), State.FAILED)

    assert failed.error is not None
    assert failed.error.message == "Its process ended with status 3 2 times while it ran."
    until(lambda: not _living(folder, failed.id))


def test_force_ends_what_the_job_has_started_too(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("wait_for_a_child", folder=folder)
    until(lambda: folder.notes(job_id))

    instance.act(f"/jobs/{job_id}/cancel", {"force": True})

    instance.wait_for(job_id, State.CANCELLED)
    until(lambda: not _living(folder, job_id))


def test_the_process_of_a_job_ends_with_its_worker_whatever_it_does(mended: Instance, folder: Folder) -> None:
    job_id = mended.start("hold_the_interpreter", folder=folder)
    worker = mended.wait_for(job_id, State.RUNNING).worker
    role: Role = "worker-1" if worker == "worker-1" else "worker-2"
    until(lambda: folder.notes(job_id))
    [pid] = _living(folder, job_id)

    mended.kill(role)

    until(lambda: not psutil.pid_exists(pid))
    mended.act(f"/jobs/{job_id}/cancel", {"force": True})
    mended.wait_for(job_id, State.CANCELLED)


@pytest.mark.parametrize("kind", ["fork_and_return", "fork_and_return_apart"])
def test_a_forked_copy_that_comes_back_decides_nothing(instance: Instance, folder: Folder, kind: str) -> None:
    first = instance.wait_for(instance.start(kind, folder=folder), State.SUCCEEDED)
    second = instance.wait_for(instance.start(kind, folder=folder), State.SUCCEEDED)

    for ended in (first, second):
        [pid] = folder.notes(ended.id)
        assert ended.result != int(pid.split()[1])
        assert instance.outcomes(ended.id) == ["succeeded"]
        assert not _living(folder, ended.id)


@pytest.mark.parametrize(("kind", "method"), [("use_a_pool", "fork"), ("use_a_pool_apart", "spawn")])
def test_a_job_may_share_its_work_among_processes(instance: Instance, kind: str, method: str) -> None:
    assert instance.wait_for(instance.start(kind, method=method), State.SUCCEEDED).result == [2, 4, 6]


def test_what_a_job_changes_around_it_does_not_meet_the_next(instance: Instance, folder: Folder) -> None:
    three = [  # one after the other: two of them at least in the same worker
        instance.wait_for(instance.start("move_about", folder=folder), State.SUCCEEDED).result for _ in range(3)
    ]

    assert three[0].endswith(" None")
    assert three == three[:1] * 3


@pytest.mark.parametrize("kind", ["find_secrets", "find_secrets_apart"])
def test_no_job_finds_the_secret_key_in_its_environment(instance: Instance, kind: str) -> None:
    if sys.platform != "linux":
        missing("Elsewhere than on Linux there is no /proc to look into.")
    found = instance.wait_for(instance.start(kind), State.SUCCEEDED).result

    assert "PATH" in found
    assert (instance.data_dir / "secret.key").read_text().strip() not in found
    assert "JOBDECK_DATABASE_URL" not in found.partition("})")[0]


def test_a_job_that_kills_its_worker_runs_alone_from_then_on(mended: Instance, folder: Folder) -> None:
    neighbours = mended.start_many(4, "wait", folder=folder)
    mended.wait_for_all(neighbours, State.RUNNING)

    job_id = mended.start("die", folder=folder, times=2)

    ended = mended.wait_for(job_id, State.SUCCEEDED)
    assert (ended.result, mended.outcomes(job_id)) == (3, ["lost", "lost", "succeeded"])
    folder.let_go()
    mended.wait_for_all(neighbours, State.SUCCEEDED)
    assert all(len(mended.outcomes(neighbour)) <= 2 for neighbour in neighbours)


def test_a_job_that_always_kills_its_process_ends_as_failed_and_takes_no_neighbour_along(
    mended: Instance, folder: Folder
) -> None:
    poison = mended.start("die", folder=folder)
    failed = mended.wait_for(poison, State.FAILED)

    assert failed.error is not None
    assert failed.error.message == "Its process was ended by SIGKILL 3 times while it ran."
    assert mended.outcomes(poison) == ["lost"] * 4
    assert len(set(folder.notes(poison))) == 4


@pytest.mark.parametrize("force", [True, False])
def test_a_thread_that_nothing_interrupts_is_abandoned_and_its_worker_replaced(
    mended: Instance, folder: Folder, force: bool
) -> None:
    job_id = mended.start("sleep_deeply", folder=folder)
    worker = mended.wait_for(job_id, State.RUNNING).worker
    role: Role = "worker-1" if worker == "worker-1" else "worker-2"
    pid = mended.child(role).pid
    until(lambda: folder.notes(job_id))

    mended.act(f"/jobs/{job_id}/cancel", {"force": force})

    mended.wait_for(job_id, State.CANCELLED)
    assert [line.text for line in mended.log(job_id)] == [
        "It did not let itself be interrupted; its thread was abandoned."
    ]
    until(lambda: not psutil.pid_exists(pid), seconds=READY_SECONDS)
    mended.wait_until_ready()
    assert mended.wait_for(mended.start("count", folder=folder), State.SUCCEEDED).result == 1


def _living(folder: Folder, job_id: int) -> list[int]:
    """Return the processes that the job noted and that are there."""
    pids = [int(note.split()[1]) for note in folder.notes(job_id)]
    return [pid for pid in pids if psutil.pid_exists(pid)]
