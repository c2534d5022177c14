"""A job from its start to its end: what it reports, how it fails, how it is tried again, and when it runs later."""

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import State
from app.queue.events.listener import listen
from app.queue.events.types import Connected, JobChanged, JobLogged, JobProgressed
from tests.e2e.folder import Folder
from tests.e2e.instance import Instance
from tests.patience import patient
from tests.waiting import until


@pytest.mark.both_databases
def test_a_job_runs_and_leaves_its_result_log_file_and_history(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("count", folder=folder, to=5)

    job = instance.wait_for(job_id, State.SUCCEEDED)

    assert (job.result, job.error, job.attempt) == (5, None, 1)
    assert (job.progress.done, job.progress.total, job.progress.ratio) == (5, 5, 1.0)
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.created_at <= job.started_at < job.finished_at
    assert instance.states(job_id) == [State.QUEUED, State.RUNNING, State.SUCCEEDED]
    [attempt] = instance.attempts(job_id)
    assert (attempt.number, attempt.state, attempt.worker) == (1, "succeeded", job.worker)
    lines = [(line.level, line.text) for line in instance.log(job_id)]
    assert lines == [*[("info", f"step {step}") for step in range(1, 6)], ("warning", "counted to 5")]
    [file] = instance.artifacts(job_id)
    assert (file.name, file.media_type, file.size_bytes) == ("counted.txt", "text/plain", 2)
    assert instance.api.get(file.links["self"]).text == "5\n"


async def test_while_a_job_runs_its_progress_and_log_are_told_live_and_only_grow(
    instance: Instance, folder: Folder
) -> None:
    done: list[float] = []
    logged: list[int] = []
    states: list[State] = []
    job_id = None
    async with asyncio.timeout(patient(30)):
        async for event in listen(instance.redis_url):
            match event:
                case Connected():
                    job_id = await asyncio.to_thread(instance.start, "count", folder=folder, to=40, stop_at=20)
                case JobProgressed(progress=progress) if event.job_id == job_id and progress.done is not None:
                    done.append(progress.done)
                case JobLogged(lines=lines) if event.job_id == job_id:
                    logged += [line.seq for line in lines]
                case JobChanged(job=job) if job.id == job_id or job_id is None:
                    states.append(job.state)
                    if job.state.is_finished:
                        break
            if State.RUNNING in states and 19 in done and 20 in logged:
                folder.let_go()

    assert done == sorted(set(done))
    assert done[-1] == 40
    assert logged == list(range(1, 42))
    assert states == [State.QUEUED, State.RUNNING, State.SUCCEEDED]


def test_a_failed_attempt_is_retried_after_its_delay(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("fail_at_first", folder=folder, failures=2)

    job = instance.wait_for(job_id, State.SUCCEEDED)

    assert (job.result, job.attempt, job.max_attempts, job.error) == (3, 3, 3, None)
    once_more = [State.RETRYING, State.QUEUED, State.RUNNING]
    assert instance.states(job_id) == [State.QUEUED, State.RUNNING, *once_more, *once_more, State.SUCCEEDED]
    first, second, third = instance.attempts(job_id)
    assert [first.state, second.state, third.state] == ["failed", "failed", "succeeded"]
    assert first.error is not None
    assert (first.error.type, first.error.message) == ("ConnectionError", "the service did not answer, try 1")
    assert first.traceback is not None
    assert "in fail_at_first" in first.traceback
    assert first.finished_at is not None
    assert second.finished_at is not None
    assert second.started_at - first.finished_at >= timedelta(seconds=0.4)
    assert third.started_at - second.finished_at >= timedelta(seconds=0.6)


def test_a_job_that_waits_for_its_retry_says_when_it_comes(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("fail_and_wait", folder=folder)

    job = instance.wait_for(job_id, State.RETRYING)

    assert job.error is not None
    assert job.error.message == "the service did not answer"
    assert job.run_at is not None
    [attempt] = instance.attempts(job_id)
    assert attempt.finished_at is not None
    assert timedelta(hours=1) <= job.run_at - attempt.finished_at <= timedelta(hours=1.2)
    instance.cancel(job_id)


def test_a_job_that_fails_in_every_attempt_ends_as_failed(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("fail_at_first", folder=folder, failures=99)

    job = instance.wait_for(job_id, State.FAILED)

    assert (job.attempt, job.max_attempts, job.result) == (3, 3, None)
    assert job.error is not None
    assert job.error.message == "the service did not answer, try 3"
    assert instance.outcomes(job_id) == ["failed"] * 3


def test_retry_of_a_failed_job_goes_on_with_its_attempts(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("fail_at_first", folder=folder, failures=3)
    instance.wait_for(job_id, State.FAILED)

    again = instance.retry(job_id)

    assert (again.id, again.state, again.error) == (job_id, State.QUEUED, None)
    job = instance.wait_for(job_id, State.SUCCEEDED)
    assert (job.result, job.attempt) == (4, 4)
    assert instance.outcomes(job_id) == ["failed", "failed", "failed", "succeeded"]


def test_retry_of_a_succeeded_job_starts_another_one(instance: Instance, folder: Folder) -> None:
    first = instance.start("count", folder=folder, to=2)
    instance.wait_for(first, State.SUCCEEDED)

    same = instance.retry(first)
    other = instance.retry(first, folder=folder, to=3)

    instance.wait_for_all([same.id, other.id], State.SUCCEEDED)
    assert [same.retry_of, other.retry_of] == [first, first]
    assert instance.job(same.id).result == 2
    assert instance.job(other.id).result == 3
    assert instance.job(first).attempt == 1


@pytest.mark.parametrize(
    ("kind", "params", "attempts", "message"),
    [
        ("refuse", {}, 1, "The file has no rows."),
        ("fail_for_good", {}, 1, "'column'"),
        ("fail_by_choice", {"is_retried": False}, 1, "no such day"),
        ("fail_by_choice", {"is_retried": True}, 2, "reset by peer"),
    ],
    ids=["JobError", "no_retry_on", "not in retry_on", "in retry_on"],
)
def test_what_a_job_fails_with_decides_whether_it_is_retried(
    instance: Instance, folder: Folder, kind: str, params: dict[str, bool], attempts: int, message: str
) -> None:
    printed_before = len(instance.printed())
    job_id = instance.start(kind, folder=folder, **params)

    job = instance.wait_for(job_id, State.FAILED)

    assert job.error is not None
    assert job.error.message == message
    assert job.attempt == len(instance.attempts(job_id)) == attempts
    assert folder.runs([job_id]) == {job_id: attempts}
    until(lambda: f"Job #{job_id} ({kind}) failed" in instance.printed())
    said = instance.printed()[printed_before:]  # others may have been killed before
    assert "unhandled exception" not in said  # once the error is enough, and the job's page has it


def test_an_error_for_people_has_no_traceback(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("refuse", folder=folder)

    instance.wait_for(job_id, State.FAILED)

    [attempt] = instance.attempts(job_id)
    assert attempt.traceback is None


def test_a_job_started_for_later_runs_when_its_time_has_come(instance: Instance, folder: Folder) -> None:
    scheduled = instance.act("/kinds/count/start", {"params": {"folder": str(folder)}, "delay_seconds": 1})
    job_id = scheduled.id

    job = instance.wait_for(job_id, State.SUCCEEDED)

    assert scheduled.state == State.SCHEDULED
    assert instance.states(job_id) == [State.SCHEDULED, State.QUEUED, State.RUNNING, State.SUCCEEDED]
    assert job.run_at is not None
    assert job.started_at is not None
    assert job.started_at >= job.run_at


def test_a_very_long_log_keeps_its_head_and_its_tail(instance: Instance) -> None:
    job_id = instance.start("talk", lines=120_000)

    instance.wait_for(job_id, State.SUCCEEDED, seconds=60)

    assert [line.text for line in instance.log(job_id, limit=2)] == ["line 1", "line 2"]
    around = instance.log(job_id, after=49_999, limit=3)
    assert [line.seq for line in around] == [50_000, 50_001, 70_002]
    assert [line.text for line in around if line.seq != 50_001] == ["line 50000", "line 70002"]
    assert "lines were left out here" in around[1].text
    assert [line.text for line in instance.log(job_id, after=119_998)] == ["line 119999", "line 120000"]


def test_a_log_of_very_long_lines_keeps_its_head_and_its_tail(instance: Instance) -> None:
    job_id = instance.start("talk", lines=3000, width=10_000)

    instance.wait_for(job_id, State.SUCCEEDED)

    texts = [line.text for line in instance.whole_log(job_id)]
    numbers = [int(text.removeprefix("line ").rstrip(".")) for text in texts if text.startswith("line")]
    notes = [text for text in texts if not text.startswith("line")]
    limit = 10 * 1024 * 1024
    assert len(notes) == 1
    assert "lines were left out here" in texts[limit // 2 // 10_000 + 1]
    assert sum(map(len, texts)) < limit + 20_000
    assert numbers[-1] == 3000
    assert numbers == sorted(set(numbers))


def test_a_secret_reaches_the_job_and_nobody_else(instance: Instance) -> None:
    password = "correct-horse-battery-staple"
    digest = hashlib.sha256(password.encode()).hexdigest()

    right = instance.start("log_in", password=password)
    wrong = instance.start("log_in", password=password, fails=True)
    seen = instance.start("show_processes", password=password)
    crashed = instance.start("show_processes", password=password, dies=True)

    instance.wait_for(wrong, State.FAILED)
    assert instance.wait_for(seen, State.SUCCEEDED).result == []
    instance.wait_for(crashed, State.FAILED)
    assert instance.wait_for(right, State.SUCCEEDED).result == digest
    assert instance.job(right).params["password"] == "•••"
    for job_id in (right, wrong, crashed):
        for path in ("", "/attempts", "/transitions", "/log"):
            assert password not in instance.api.get(f"/api/v1/jobs/{job_id}{path}").text
    assert password not in instance.printed()
    assert [file for file in kept_files(instance.data_dir) if password.encode() in file.read_bytes()] == []
    assert instance.database.holds(digest)
    assert not instance.database.holds(password)


def kept_files(folder: Path) -> list[Path]:
    """List everything that lies in the data folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_broken_job_file_is_told_in_the_log_and_the_others_are_loaded(instance: Instance, broken_file: Path) -> None:
    kinds = [kind["name"] for kind in instance.get("/kinds")["items"]]

    assert {"count", "data_report"} <= set(kinds)
    sentence = "broken.py, line 3: RuntimeError: the table of prices is missing"
    lines = [line for line in instance.printed().splitlines() if f"{broken_file} was not loaded: {sentence}" in line]
    assert {line.split("|")[0].strip() for line in lines} == {"web"}  # not by each process; again where it was replaced
