"""Processes of their own for jobs: whatever a job reports, returns or changes, its outcome arrives."""

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.queue.context.run import Run
from app.queue.context.stop import JobCancelled, StopReason
from app.queue.execution.process_settings import Beginning
from app.queue.isolation import pool as pool_module
from app.queue.isolation.pool import IsolationPool
from app.queue.isolation.warm_child import ProcessDied
from app.queue.worker.deadlines import Deadlines
from tests.patience import patient
from tests.unit.queue.isolation import kinds
from tests.waiting import until

pytestmark = pytest.mark.thorough

KINDS = Path(kinds.__file__)
ROOT = str(Path(__file__).parents[4])


def beginning(**variables: str) -> Beginning:
    """Return with what children begin: as this process, and able to import."""
    now = Beginning.now()
    return replace(now, variables={**now.variables, "PYTHONPATH": ROOT, **variables})


@pytest.fixture(scope="module")
def pool() -> Iterator[IsolationPool]:
    """A pool whose children run the kinds of `kinds.py`."""
    made = IsolationPool([sys.executable, str(KINDS)], beginning=beginning())
    yield made
    made.close()


def run(kind: str, params: Mapping[str, Any] | None = None, *, timeout: float | None = None) -> Run:
    """Make a run of a kind."""
    given = dict(params or {})
    return Run(
        job_id=1,
        kind_name=kind,
        token=1,
        attempt=1,
        max_attempts=1,
        params=given,
        stored_params=given,
        timeout=timeout,
        grace=0.0,
        is_isolated=True,
    )


def performed(pool: IsolationPool, kind: str, params: Mapping[str, Any] | None = None) -> Run:
    """Run a kind to its end."""
    made = run(kind, params)
    pool.perform(made)
    return made


@pytest.mark.parametrize("what", kinds.MESSAGES)
def test_a_message_that_is_no_text_ends_no_job_and_loses_no_line(pool: IsolationPool, what: str) -> None:
    done = performed(pool, "report", {"what": what})

    assert done.end_elsewhere is not None
    assert (done.end_elsewhere.outcome, done.end_elsewhere.result) == ("succeeded", "done")
    assert [line.text for line in done.log.take()] == ["before", "/tmp/line", "very important"]
    progress = done.reported.progress()
    assert (progress.done, progress.total) == (1, 2)
    assert isinstance(progress.message, str)


def test_numbers_beyond_all_bounds_end_no_job(pool: IsolationPool) -> None:
    done = performed(pool, "count_far")

    assert done.end_elsewhere is not None
    assert done.end_elsewhere.outcome == "succeeded"
    assert done.reported.progress().done == 3


@pytest.mark.parametrize("depth", [50, 190, 400])
def test_a_result_of_any_depth_ends_the_same_way_as_in_a_thread(pool: IsolationPool, depth: int) -> None:
    done = performed(pool, "nest", {"depth": depth})

    assert done.end_elsewhere is not None
    end = done.end_elsewhere
    assert end.outcome == "succeeded" or (end.failure is not None and end.failure.type == "JobError")


def test_a_process_in_which_a_library_patched_python_is_not_used_again(pool: IsolationPool) -> None:
    before = performed(pool, "look")
    performed(pool, "change", {"what": "a library"})
    after = performed(pool, "look")

    assert before.end_elsewhere is not None
    assert after.end_elsewhere is not None
    assert after.end_elsewhere.result[0] != before.end_elsewhere.result[0]


@pytest.mark.parametrize("what", kinds.CHANGES)
def test_what_a_job_changes_does_not_meet_the_next(pool: IsolationPool, what: str) -> None:
    before = performed(pool, "speak")
    changed = performed(pool, "change", {"what": what})
    again = performed(pool, "change", {"what": what})
    after = performed(pool, "speak", {"seconds": 1.2 if what == "alarm" else 0.0})

    for done in (before, changed, again, after):
        assert done.end_elsewhere is not None
        assert done.end_elsewhere.failure is None
    assert before.end_elsewhere is not None
    assert after.end_elsewhere is not None
    assert after.end_elsewhere.result == before.end_elsewhere.result
    assert [line.text for line in after.log.take()] == ["still here"]


def test_a_daemon_that_a_job_leaves_ends_with_the_job(pool: IsolationPool) -> None:
    done = performed(pool, "leave_daemon")

    assert done.end_elsewhere is not None
    assert isinstance(done.end_elsewhere.result, int)
    assert not psutil.pid_exists(done.end_elsewhere.result)


def test_a_child_begins_as_the_worker_did_whatever_jobs_changed_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = beginning()
    made = IsolationPool([sys.executable, str(KINDS)], beginning=began)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOVED", "yes")
    umask = os.umask(0o777)
    try:
        done = performed(made, "look")
    finally:
        os.umask(umask)
        made.close()

    assert done.end_elsewhere is not None
    assert done.end_elsewhere.result[1:] == [began.folder, "-", oct(began.umask)]


def test_a_child_is_started_though_the_folder_in_which_the_worker_began_is_gone() -> None:
    made = IsolationPool([sys.executable, str(KINDS)], beginning=replace(beginning(), folder="/gone/for/good"))
    done = performed(made, "look")
    made.close()

    assert done.end_elsewhere is not None
    assert done.end_elsewhere.result[1] == "/"


def test_the_time_limit_does_not_count_the_start_of_the_process() -> None:
    limit = patient(1.5)  # the function and its answer take less
    made = IsolationPool([sys.executable, str(KINDS)], beginning=beginning(SLOW_IMPORT=f"{limit + 0.5}"))
    limited = run("speak", {"seconds": 0.1}, timeout=limit)
    watch = Deadlines(lambda: [limited], return_unbegun=lambda _: None, abandon=lambda _: None)
    watch.start()
    began = time.monotonic()
    assert limited.begin()
    made.perform(limited)
    watch.stop()
    made.close()

    assert time.monotonic() - began > limit
    assert limited.end_elsewhere is not None
    assert limited.end_elsewhere.outcome == "succeeded"


def test_the_time_limit_counts_what_the_function_takes(pool: IsolationPool) -> None:
    limited = run("speak", {"seconds": 60}, timeout=0.3)
    watch = Deadlines(lambda: [limited], return_unbegun=lambda _: None, abandon=lambda _: None)
    watch.start()
    limited.begin()
    with pytest.raises(ProcessDied):  # it sleeps in one call, which only the end of its process ends
        pool.perform(limited)
    watch.stop()

    assert limited.stop_reason is StopReason.TIMED_OUT


def test_a_child_that_nobody_needs_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(pool_module, "TIDY_SECONDS", 0.05)
    made = IsolationPool([sys.executable, str(KINDS)], beginning=beginning())
    made.start()
    done = performed(made, "look")
    assert done.end_elsewhere is not None
    pid = int(done.end_elsewhere.result[0])

    until(lambda: not psutil.pid_exists(pid))

    again = performed(made, "look")
    made.close()
    assert again.end_elsewhere is not None
    assert int(again.end_elsewhere.result[0]) != pid


def test_short_jobs_that_begin_together_do_not_each_wait_for_a_child_of_their_own() -> None:
    made = IsolationPool([sys.executable, str(KINDS)], beginning=beginning(SLOW_IMPORT="0.5"))
    with ThreadPoolExecutor(6) as threads:
        ended = [done.end_elsewhere for done in threads.map(lambda _: performed(made, "look"), range(6))]
    made.close()

    assert [end.outcome for end in ended if end is not None] == ["succeeded"] * 6
    assert len({end.result[0] for end in ended if end is not None}) <= 2


def test_a_job_that_is_asked_to_stop_does_not_wait_for_a_child() -> None:
    made = IsolationPool([sys.executable, "-c", "import time; time.sleep(1000)"], beginning=beginning())
    waits = run("look")
    with ThreadPoolExecutor(1) as threads:
        ending = threads.submit(made.perform, waits)
        waits.ask_to_stop(StopReason.CANCELLED)
        error = ending.exception(timeout=patient(20))
    made.close()

    assert isinstance(error, JobCancelled)


def test_each_job_is_told_why_there_is_no_child_for_it() -> None:
    made = IsolationPool([sys.executable, "-c", "import os; os._exit(7)"], beginning=beginning())
    with ThreadPoolExecutor(3) as threads:
        ending = [threads.submit(made.perform, run("look")) for _ in range(3)]
        errors = [str(one.exception(timeout=patient(20))) for one in ending]
    made.close()

    assert errors == ["its process ended with status 7"] * 3


def test_a_pool_that_closes_ends_what_only_starts(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(1000)"
    made = IsolationPool([sys.executable, "-c", script], beginning=beginning())
    waits = run("look")
    thread = threading.Thread(target=_quietly, args=(made, waits))
    thread.start()
    pid = int(until(lambda: note.read_text() if note.exists() else ""))

    made.close()

    thread.join(timeout=patient(20))
    assert not thread.is_alive()
    assert not psutil.pid_exists(pid)


def _quietly(pool: IsolationPool, waits: Run) -> None:
    with suppress(ProcessDied):
        pool.perform(waits)
