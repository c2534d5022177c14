"""From start to finish inside one process: states, attempts, retries, progress, logs, files and results."""

import io
import itertools
import logging
import logging.config
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import SQLModel

from app.db import JobSnapshot, State, files
from app.db.clock import now
from app.db.files import uploads
from app.db.queries import counts, details, filters, jobs
from app.db.sql import sessions
from app.errors import InvalidInput, NotFound, TooLarge, WrongState
from app.queue import JobCancelled, JobContext, JobError, Secret, UploadedFile, cancel, job, retry, start
from app.queue.acts.control import delete
from app.queue.acts.starting import StartOptions, start_many
from app.queue.events.types import JobChanged, JobEvent, JobLogged, JobProgressed
from app.queue.repair.sweep import Sweep
from tests.actors import ME
from tests.patience import patient
from tests.waiting import until

RunWorker = Callable[..., object]

pytestmark = pytest.mark.both_databases


def ended(job_id: int) -> JobSnapshot | None:
    """Return the job once it is finished."""
    found = jobs.get_job(job_id)
    return found if found.state.is_finished else None


def finished(started: JobSnapshot) -> JobSnapshot:
    """Wait until the job is finished."""
    found = until(lambda: ended(started.id))
    assert found is not None
    return found


def moves(job_id: int) -> list[str]:
    """Return the states that a job went through."""
    return [str(one.to_state) for one in details.list_transitions(job_id)]


def test_a_started_job_runs_and_keeps_result_log_and_file(run_worker: RunWorker) -> None:
    @job(max_retries=0)
    def shout(ctx: JobContext, word: str, times: int = 2) -> str:
        """Shout a word."""
        for _ in ctx.track(range(times), message="Shouting"):
            ctx.log(word)
        logging.getLogger("shouting").warning("hoarse")
        ctx.attach("word.txt", word)
        return word.upper()

    run_worker()
    started = shout.start("hey", times=3)
    assert started.state is State.QUEUED

    done = finished(started)

    assert (done.state, done.result, done.attempt) == (State.SUCCEEDED, "HEY", 1)
    assert (done.progress.done, done.progress.total, done.progress.ratio) == (3, 3, 1.0)
    assert moves(started.id) == ["queued", "running", "succeeded"]
    assert [line.text for line in details.list_log(started.id)] == ["hey", "hey", "hey", "hoarse"]
    path, artifact = files.open_artifact(started.id, "word.txt")
    assert (path.read_text(), artifact.media_type) == ("hey", "text/plain")
    assert done.wait_seconds is not None
    assert done.run_seconds is not None


def test_an_exception_is_retried_and_then_fails_with_its_traceback(run_worker: RunWorker) -> None:
    @job(max_retries=2, retry_delay=[0, 0])
    def stumble(ctx: JobContext) -> None:
        """Stumble."""
        raise ValueError(f"row {ctx.attempt} of '/data/{ctx.attempt}.csv'")

    run_worker()
    failed = finished(stumble.start())

    assert (failed.state, failed.attempt, failed.max_attempts) == (State.FAILED, 3, 3)
    assert failed.error is not None
    assert (failed.error.type, failed.error.message) == ("ValueError", "row 3 of '/data/3.csv'")
    attempts = details.list_attempts(failed.id)
    assert [one.state for one in attempts] == ["failed", "failed", "failed"]
    assert attempts[0].traceback is not None
    assert attempts[0].traceback.count("File ") == 1  # the author's own frame, none of ours
    assert attempts[0].error is not None
    assert attempts[0].error.signature == failed.error.signature  # numbers and paths do not tell failures apart
    assert moves(failed.id).count("retrying") == 2


@pytest.mark.parametrize("error", [JobError("Nothing to do."), KeyError("x")])
def test_what_must_not_be_retried_fails_at_once(run_worker: RunWorker, error: Exception) -> None:
    @job(no_retry_on=KeyError)
    def give_up(ctx: JobContext) -> None:
        """Give up."""
        raise error

    run_worker()
    failed = finished(give_up.start())
    assert (failed.state, failed.attempt) == (State.FAILED, 1)


def test_a_retrying_job_says_when_it_comes_back_and_can_be_cancelled(run_worker: RunWorker) -> None:
    @job(retry_delay=3600)
    def later(ctx: JobContext) -> None:
        """Fail once."""
        raise OSError("away")

    run_worker()
    job_id = later.start().id
    waiting = until(lambda: one if (one := jobs.get_job(job_id)).state is State.RETRYING else None)
    assert waiting.run_at is not None
    assert 3500 < (waiting.run_at - now()).total_seconds() < 4000

    assert cancel(job_id, by=ME).state is State.CANCELLED
    with pytest.raises(WrongState, match="cancelled already"):
        cancel(job_id, by=ME)


def test_a_cancelled_queued_job_never_runs(run_worker: RunWorker) -> None:
    ran: list[int] = []

    @job
    def touch(ctx: JobContext) -> None:
        """Leave a trace."""
        ran.append(ctx.job_id)

    first = touch.start()
    cancel(first.id, by=ME)
    run_worker()
    second = touch.start()
    finished(second)
    assert ran == [second.id]
    assert moves(first.id) == ["queued", "cancelled"]


@pytest.mark.parametrize("asks", [True, False])
def test_a_running_job_stops_by_itself_or_by_force(run_worker: RunWorker, asks: bool) -> None:
    @job(grace=0.3, max_retries=5)
    def spin(ctx: JobContext) -> None:
        """Turn until stopped."""
        while True:
            time.sleep(0.01)
            if asks:
                ctx.progress(1)

    @job
    def quick(ctx: JobContext) -> str:
        """Be quick."""
        return "ok"

    life = run_worker(threads=1)
    job_id = spin.start().id
    until(lambda: jobs.get_job(job_id).state is State.RUNNING)

    asked = cancel(job_id, by=ME)
    assert asked.is_stopping
    stopped = until(lambda: ended(job_id))

    assert (stopped.state, stopped.attempt, stopped.error) == (State.CANCELLED, 1, None)
    assert finished(quick.start()).result == "ok"  # the one thread lives
    assert life is not None


def test_a_job_may_clean_up_when_it_hears_that_it_was_cancelled(run_worker: RunWorker) -> None:
    @job
    def tidy(ctx: JobContext) -> None:
        """Turn until stopped, and leave nothing behind."""
        try:
            while True:
                time.sleep(0.01)
                try:
                    ctx.progress(1)
                except Exception:
                    ctx.log("This hides it.")
        except JobCancelled:
            ctx.log("Tidied up.")
            raise

    run_worker()
    job_id = tidy.start().id
    until(lambda: jobs.get_job(job_id).state is State.RUNNING)

    cancel(job_id, by=ME)

    assert until(lambda: ended(job_id)).state is State.CANCELLED
    assert [line.text for line in details.list_log(job_id)] == ["Tidied up."]


def test_a_job_over_its_time_limit_fails(run_worker: RunWorker) -> None:
    @job(timeout=0.2, grace=0.1, max_retries=0)
    def slow(ctx: JobContext) -> None:
        """Be slow."""
        while True:
            time.sleep(0.01)

    run_worker()
    failed = finished(slow.start())
    assert failed.error is not None
    assert (failed.state, failed.error.message) == (State.FAILED, "It ran longer than its time limit of 0.2 s.")


def test_a_job_can_be_started_for_later(run_worker: RunWorker) -> None:
    @job
    def quick(ctx: JobContext) -> None:
        """Be quick."""

    run_worker()
    scheduled = start("quick", {}, order=StartOptions(run_at=now() + timedelta(seconds=patient(0.5))), by=ME)
    assert scheduled.state is State.SCHEDULED
    finished(scheduled)
    assert moves(scheduled.id) == ["scheduled", "queued", "running", "succeeded"]


def test_a_failed_job_is_retried_by_hand_and_its_attempts_go_on(run_worker: RunWorker) -> None:
    @job(max_retries=0)
    def second_time(ctx: JobContext) -> str:
        """Succeed the second time."""
        if ctx.attempt == 1:
            raise OSError("away")
        return "there"

    run_worker()
    job_id = second_time.start().id
    until(lambda: ended(job_id))
    assert retry(job_id, by=ME).state is State.QUEUED
    done = until(lambda: ended(job_id))
    assert (done.result, done.attempt, done.error) == ("there", 2, None)

    another = retry(job_id, by=ME)
    assert (another.retry_of, another.state) == (job_id, State.QUEUED)


def test_a_job_that_is_not_finished_cannot_be_retried(room: Path) -> None:
    @job
    def wait(ctx: JobContext) -> None:
        """Do nothing."""

    job_id = wait.start().id
    with pytest.raises(WrongState, match="is queued; only a finished job"):
        retry(job_id, by=ME)


def test_the_screens_are_told_of_every_change_and_of_the_last_progress(
    run_worker: RunWorker, told: list[JobEvent]
) -> None:
    may_begin = threading.Event()

    @job
    def step(ctx: JobContext) -> None:
        """Step through."""
        may_begin.wait(patient(30))
        for done in range(1000):
            ctx.progress(done + 1, 1000, "Stepping")
        ctx.log("through")

    def states() -> list[str]:
        return [str(one.job.state) for one in told if isinstance(one, JobChanged)]

    run_worker()
    job_id = step.start().id
    until(lambda: "running" in states())  # of changes that come together only the last is told
    may_begin.set()
    until(lambda: ended(job_id))
    until(lambda: "succeeded" in states())

    assert states() == ["queued", "running", "succeeded"]
    versions = [one.job.version for one in told if isinstance(one, JobChanged)]
    assert versions == sorted(set(versions))
    progressed = [one.progress.done for one in told if isinstance(one, JobProgressed)]
    assert progressed[-1] == 1000
    assert len(progressed) < 50  # throttled
    assert [line.text for one in told if isinstance(one, JobLogged) for line in one.lines] == ["through"]


def test_a_secret_is_sealed_in_the_row_and_opened_for_the_job(run_worker: RunWorker) -> None:
    seen: list[str] = []

    @job
    def unlock(ctx: JobContext, password: Secret) -> None:
        """Use a password."""
        seen.append(password.get_secret_value())
        ctx.log(f"{password} {ctx.params}")

    run_worker()
    started = start("unlock", {"password": "open sesame"}, by=ME)
    finished(started)
    assert seen == ["open sesame"]
    assert started.params == {"password": "•••"}
    with sessions.session() as opened:
        stored = [str(row) for table in SQLModel.metadata.sorted_tables for row in opened.execute(select(table))]
    assert any("unlock" in row for row in stored)
    assert not any("open sesame" in row for row in stored)


@pytest.mark.parametrize("way", ["basicConfig", "dictConfig"])
def test_a_job_that_sets_logging_up_anew_ends_no_capture(run_worker: RunWorker, way: str) -> None:
    @job(max_retries=0)
    def speak(ctx: JobContext, sets_up: bool) -> None:
        """Speak."""
        if sets_up and way == "basicConfig":
            logging.basicConfig(force=True)
        elif sets_up:
            logging.config.dictConfig({"version": 1, "root": {"handlers": []}, "disable_existing_loggers": False})
        logging.getLogger("speaking").warning("heard")

    run_worker()
    first, second = (finished(start("speak", {"sets_up": sets_up}, by=ME)) for sets_up in (True, False))

    heard = [[line.text for line in details.list_log(one.id)] for one in (first, second)]
    assert heard == [["heard"] if way == "basicConfig" else [], ["heard"]]


class Login(BaseModel):
    user: str
    pin: Secret


def test_a_retry_with_other_params_takes_secrets_over_wherever_they_are(run_worker: RunWorker) -> None:
    seen: list[list[str]] = []

    @job(max_retries=0)
    def unlock(ctx: JobContext, login: Login, pins: list[Secret], logins: list[Login], note: str = "") -> None:
        """Use many."""
        secrets = [login.pin, *pins, *(one.pin for one in logins)]
        seen.append([note, *(secret.get_secret_value() for secret in secrets)])

    run_worker()
    params = {"login": {"user": "a", "pin": "1"}, "pins": ["2", "3"], "logins": [{"user": "b", "pin": "4"}]}
    first = finished(start("unlock", params, by=ME))
    shown = first.params

    finished(retry(first.id, params={**shown, "note": "again", "login": {"user": "c", "pin": "•••"}}, by=ME))
    with pytest.raises(InvalidInput) as refused:
        retry(first.id, params={**shown, "pins": ["•••"], "logins": [{"user": "z", "pin": "•••"}]}, by=ME)

    assert seen == [["", "1", "2", "3", "4"], ["again", "1", "2", "3", "4"]]
    assert {one.field: one.message for one in refused.value.fields} == dict.fromkeys(
        ["pins.0", "logins.0.pin"], "Type this secret again: the dots only stand for it."
    )


class Ended:
    """Ends whoever writes it."""

    def __str__(self) -> str:
        raise SystemExit(3)


class EndedError(Exception):
    """Ends whoever describes it."""

    def __str__(self) -> str:
        raise SystemExit(3)


def test_a_job_whose_result_or_error_cannot_be_written_fails(run_worker: RunWorker) -> None:
    @job(max_retries=0)
    def give(ctx: JobContext) -> object:
        """Give."""
        return Ended()

    @job(max_retries=0)
    def raise_it(ctx: JobContext) -> None:
        """Raise."""
        raise EndedError

    run_worker()
    ends = [finished(start(kind, {}, by=ME)) for kind in ("give", "raise_it")]

    assert [end.state for end in ends] == [State.FAILED, State.FAILED]
    assert [end.error.message for end in ends if end.error] == [
        "The job called sys.exit(3). A job that fails raises JobError with a sentence.",
        "(its message cannot be shown: SystemExit)",
    ]


def test_progress_that_cannot_be_shown_hides_nothing_of_other_jobs(run_worker: RunWorker, told: list[JobEvent]) -> None:
    is_told = threading.Event()

    @job(max_retries=0)
    def odd(ctx: JobContext) -> None:
        """Report what nobody can show."""
        while not is_told.is_set():
            ctx.progress(10**400, 10**400, cast(Any, EndedError()))

    @job(max_retries=0)
    def even(ctx: JobContext) -> None:
        """Report."""
        for number in itertools.count():
            ctx.progress(number)
            if is_told.wait(0.01):
                break

    run_worker()
    odd_one = start("odd", {}, by=ME)
    until(lambda: any(isinstance(one, JobProgressed) and one.job_id == odd_one.id for one in told))
    even_one = start("even", {}, by=ME)
    until(lambda: sum(isinstance(one, JobProgressed) and one.job_id == even_one.id for one in told) > 3)
    is_told.set()

    assert finished(even_one).state is State.SUCCEEDED
    assert finished(odd_one).progress.message == "(its message cannot be shown: SystemExit)"


def test_an_upload_is_read_by_the_job_and_an_unknown_one_is_refused(run_worker: RunWorker) -> None:
    @job
    def measure(ctx: JobContext, file: UploadedFile) -> str:
        """Measure a file."""
        return f"{file.name} {file.size_bytes} {len(file.path.read_bytes())}"

    run_worker()
    upload = uploads.save_upload(io.BytesIO(b"12345"), "../../etc/pass\nwd", max_bytes=10, by=ME)
    done = finished(start("measure", {"file": upload.id}, by=ME))
    assert done.result == "passwd 5 5"
    with pytest.raises(InvalidInput) as caught:
        start("measure", {"file": "nothing"}, by=ME)
    assert caught.value.fields[0].field == "file"


def test_bad_values_are_refused_before_anything_is_queued(room: Path) -> None:
    @job
    def count(ctx: JobContext, number: int, names: list[str] | None = None) -> None:
        """Count."""

    with pytest.raises(InvalidInput) as caught:
        start("count", {"number": "many", "names": [1], "extra": 1}, by=ME)
    said = {one.field: one.message for one in caught.value.fields}
    assert said == {
        "number": "Enter a whole number.",
        "names.0": "Enter a text.",
        "extra": "There is no such parameter.",
    }
    with pytest.raises(NotFound, match="no kind named 'nothing'"):
        start("nothing", {}, by=ME)
    with pytest.raises(TooLarge, match="64 KB"):
        start("count", {"number": 1, "names": ["x" * 70_000]}, by=ME)
    with pytest.raises(InvalidInput, match="do not fit"):
        start("count", {"number": 1}, order=StartOptions(queue="nowhere"), by=ME)
    assert counts.count_jobs(filters.JobFilter()).count == 0


def test_a_text_that_no_database_keeps_is_refused_and_one_that_looks_so_is_not(run_worker: RunWorker) -> None:
    @job
    def echo(ctx: JobContext, text: str = "", path: Path = Path("."), word: Secret | None = None) -> list[str]:
        """Return what was given."""
        return [text, text + "\0", str(path)]

    run_worker()
    half = os.fsdecode(b"\xe9.csv")
    for values in ({"text": "a\0"}, {"text": half}, {"path": half}, {"word": half}, {"word": "a\0"}):
        with pytest.raises(InvalidInput) as caught:
            start("echo", values, by=ME)
        assert [one.field for one in caught.value.fields] == list(values)

    assert finished(start("echo", {"text": "\\u0000 \\"}, by=ME)).result == ["\\u0000 \\", "\\u0000 \\␀", "."]


def test_a_result_that_is_too_large_fails_with_a_sentence(run_worker: RunWorker) -> None:
    @job
    def blow_up(ctx: JobContext) -> str:
        """Return too much."""
        return "x" * 2_000_000

    run_worker()
    failed = finished(blow_up.start())
    assert failed.error is not None
    assert failed.error.message.startswith("The job's result takes 2 MB; the limit is 1 MB.")


@pytest.mark.parametrize("is_lazy", [False, True])
def test_a_result_that_breaks_as_it_is_written_fails_with_its_error(run_worker: RunWorker, is_lazy: bool) -> None:
    class Mute:
        def __str__(self) -> str:
            raise KeyError("no words")

    @job(max_retries=0)
    def answer(ctx: JobContext) -> object:
        """Answer with something that cannot be written."""
        return ({"a": 1}[key] for key in ("a", "no words")) if is_lazy else Mute()

    run_worker()
    failed = finished(answer.start())
    assert (failed.state, failed.error and failed.error.type) == (State.FAILED, "KeyError")
    assert "no words" in (details.list_attempts(failed.id)[0].traceback or "")


def test_numbers_that_json_has_not_become_their_names(run_worker: RunWorker) -> None:
    @job
    def average(ctx: JobContext) -> list[dict[str, float]]:
        """Average nothing."""
        return [{"mean": float("nan"), "most": float("-inf"), "count": 0.0}]

    run_worker()
    assert finished(average.start()).result == [{"mean": "NaN", "most": "-Infinity", "count": 0.0}]


def test_a_deleted_job_leaves_nothing(run_worker: RunWorker, room: Path) -> None:
    @job
    def litter(ctx: JobContext) -> None:
        """Leave things."""
        ctx.log("line")
        ctx.attach("a.bin", b"12")

    run_worker()
    job_id = litter.start().id
    until(lambda: ended(job_id))
    delete(job_id, by=ME)
    with pytest.raises(NotFound):
        jobs.get_job(job_id)
    assert details.list_log(job_id) == []
    assert [path for path in (room / "files").rglob("*") if path.is_file()] == []
    assert sum(counts.state_totals().values()) == 0


def test_jobs_behind_one_that_takes_longer_than_its_kind_used_to_are_given_back_once(
    run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short jobs are claimed a few ahead; when one of them holds the thread, the others must not come and go."""
    held = threading.Event()

    @job
    def quick_or_not(ctx: JobContext, holds: bool = False) -> None:
        """Be quick, or wait for the test."""
        if holds:
            held.wait(patient(30))

    run_worker(threads=1)
    for started in start_many("quick_or_not", [{}] * 30, by=ME):
        finished(started)

    first, *others = start_many("quick_or_not", [{"holds": True}, {}, {}, {}], by=ME)
    try:
        until(lambda: jobs.get_job(first.id).state is State.RUNNING)
        third = start("quick_or_not", {}, by=ME)  # it is taken after them: by then they would have been claimed again
        for _ in range(20):
            Sweep().tick()
            until(lambda: all(jobs.get_job(one.id).state is State.QUEUED for one in (*others, third)))
        assert max(jobs.get_job(one.id).attempt for one in (*others, third)) <= 1
    finally:
        held.set()
    assert all(finished(one).state is State.SUCCEEDED for one in (first, *others))


def test_a_child_that_cannot_be_started_fails_its_parent_with_every_reason(run_worker: RunWorker) -> None:
    @job
    def lazy(ctx: JobContext, number: int) -> None:
        """Do a part."""

    @job(max_retries=0)
    def parent(ctx: JobContext, wrongly: bool) -> None:
        """Start a part wrongly, or something that is no kind."""
        if wrongly:
            ctx.start("lazy", zz=1)
        ctx.start(5)  # type: ignore[arg-type]  # that is the point

    run_worker()

    wrong, nothing = finished(parent.start(wrongly=True)), finished(parent.start(wrongly=False))

    assert wrong.error is not None
    assert wrong.error.message == (
        "The child lazy was not started. number: Fill this in. zz: There is no such parameter."
    )
    assert nothing.error is not None
    assert nothing.error.message == "What is to be started is said by a kind or its name, not by int."
