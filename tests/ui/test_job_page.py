"""The page of one job: how it stands, its acts, its files, its log."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.testing import User
from sqlmodel import col, update

from app.db import JobFilter, JobSnapshot, State
from app.db.clock import now
from app.db.files import uploads
from app.db.lifecycle import reported
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message
from app.db.models.jobs import Job
from app.db.queries import details, jobs
from app.db.snapshots.files import Upload
from app.db.snapshots.parts import NewLogLine, Progress
from app.db.sql.sessions import session
from app.pages.job import reading as job_reading
from app.pages.job_log.tail import LogTail
from app.pages.live import bridge
from app.pages.time.durations import duration, plural
from app.queue import JobContext, JobError, Secret, UploadedFile, cancel, job, retry, start
from app.queue.acts.queues import pause, resume
from app.queue.acts.starting import StartOptions
from app.queue.events.types import JobChanged, JobProgressed
from app.queue.worker.worker import WorkerLife
from tests.actors import ME, person
from tests.patience import patient
from tests.store import claimed, inserted
from tests.ui.tab import RETRIES, fill, names, one, open_tab, text_of, until

RunWorker = Callable[..., WorkerLife]


@pytest.fixture
async def user(room: Path, gate: threading.Event) -> AsyncIterator[User]:
    """A person, and kinds that end in every way."""

    @job(title="Count rows", max_retries=0)
    def count_rows(ctx: JobContext, path: str = "a.csv", token: Secret | None = None) -> dict[str, int]:
        """Count."""
        ctx.log("opening")
        ctx.log("a bad row", level="warning")
        ctx.progress(3, 3, "Counting")
        ctx.attach("report.html", b"<h1>Three</h1>", "text/html")
        ctx.attach("rows.json", b'{"rows": 3}', "application/json")
        return {"rows": 3}

    @job(title="Read files", max_retries=0)
    def read_files(ctx: JobContext, file: UploadedFile, others: list[UploadedFile] = []) -> None:  # noqa: B006
        """Read."""

    @job(title="Break", max_retries=0)
    def break_down(ctx: JobContext) -> None:
        """Break."""
        raise ValueError("the <b>third</b> row is ragged")

    @job(title="Give up")
    def give_up(ctx: JobContext) -> None:
        """Stop."""
        raise JobError("There is no file a.csv.")

    @job(title="Wait at the gate")
    def wait_at_the_gate(ctx: JobContext) -> str:
        """Wait."""
        gate.wait(patient(30))
        return "through"

    @job(title="Go on", max_retries=0)
    def go_on(ctx: JobContext) -> None:
        """Save the number of the attempt, and fail."""
        ctx.log(f"saved before: {ctx.saved}")
        ctx.checkpoint({"by": ctx.attempt})
        raise JobError("Not yet.")

    async with open_tab() as user:
        yield user


async def stored(kind: str, **params: Any) -> JobSnapshot:
    return await asyncio.to_thread(start, kind, params, by=ME)


async def uploaded(name: str, data: bytes) -> Upload:
    return await asyncio.to_thread(uploads.save_upload, io.BytesIO(data), name, max_bytes=9999, by=person("local"))


async def ended(job_id: int) -> JobSnapshot:
    await until(lambda: jobs.get_job(job_id).state.is_finished)
    return jobs.get_job(job_id)


def lengths_of_attempts(job_id: int) -> list[tuple[str, str]]:
    """Return how long each attempt was queued, and how long it ran, as the page says it."""
    steps = details.list_transitions(job_id)
    ways = [steps[place : place + 3] for place in range(0, len(steps), 3)]
    return [
        (duration((began.at - queued.at).total_seconds()), duration((end.at - began.at).total_seconds()))
        for queued, began, end in ways
    ]


def said_in(user: User, name: str) -> str:
    """Return all that an element says."""
    texts = (each.text for each in one(user, name).descendants() if isinstance(each, TextElement))
    return "".join(texts)


def rows_of_trace(user: User) -> str:
    """Return what the rows of the waterfall say, as HTML; empty while the page is read."""
    if not names(user, "waterfall"):
        return ""
    return "".join(each.props["html"] for each in one(user, "waterfall").descendants() if "html" in each.props)


async def press_confirm(user: User, name: str) -> None:
    await user.should_see(marker=name, retries=RETRIES)
    user.find(marker=name).click()


async def test_a_job_that_succeeded_shows_result_files_params_and_log(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("count_rows", path="/data/a.csv", token="hunter2")
    await ended(found.id)

    await user.open(f"/jobs/{found.id}")

    await user.should_see("Count rows", retries=RETRIES)
    assert text_of(user, f"state-{found.id}") == "Succeeded"
    await user.should_see(marker="result")
    await user.should_see("/data/a.csv")
    await user.should_see("•••")
    await user.should_not_see("hunter2")
    assert names(user, "file-") == ["file-report.html", "file-rows.json"]
    [frame] = await until(
        lambda: [inner for inner in one(user, "file-report.html").descendants() if inner.tag == "iframe"]
    )
    assert frame.props["sandbox"] == ""
    assert frame.props["src"] == f"/api/v1/jobs/{found.id}/artifacts/report.html"


async def test_uploaded_files_are_shown_by_their_names(user: User) -> None:
    first = await uploaded("orders.csv", b"a,b\n" * 512)
    second = await uploaded("<b>x.csv", b"a")
    found = await stored("read_files", file=first.id, others=[second.id])

    await user.open(f"/jobs/{found.id}")

    await user.should_see("orders.csv (2.0 kB)", retries=RETRIES)
    await user.should_see("<b>x.csv (1 B)")
    await user.should_not_see(first.id)


async def test_an_upload_that_is_not_kept_any_more_is_said_so(user: User) -> None:
    upload = await uploaded("a.csv", b"a")
    found = await stored("read_files", file=upload.id)
    await asyncio.to_thread(cancel, found.id, by=ME)
    await asyncio.to_thread(uploads.remove_stale_uploads, before=datetime.now(UTC) + timedelta(hours=1))

    await user.open(f"/jobs/{found.id}")

    await user.should_see("an uploaded file that is no longer kept", retries=RETRIES)


async def test_a_failure_shows_its_message_and_traceback_as_text(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("break_down")
    await ended(found.id)

    await user.open(f"/jobs/{found.id}")

    await user.should_see("the <b>third</b> row is ragged", retries=RETRIES)
    await user.should_see("Traceback")
    await user.should_see("ValueError")


async def test_the_head_of_a_failed_job_says_when_how_long_and_where(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("break_down")
    await ended(found.id)
    job = jobs.get_job(found.id)

    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"end-{found.id}", retries=RETRIES)

    assert job.worker
    await user.should_see("Failed ")
    await user.should_see(f"took {duration(job.run_seconds)}")
    await user.should_see(f"on {job.worker}")
    assert one(user, f"progress-{found.id}").props["data-state"] == "failed"


async def test_the_traceback_of_the_last_attempt_stands_with_the_error(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("break_down")
    await ended(found.id)

    await user.open(f"/jobs/{found.id}")
    await user.should_see("Traceback", retries=RETRIES)

    assert user.client is not None
    order = list(user.client.layout.descendants())
    error, traceback = one(user, "error"), next(each for each in order if "jd-traceback" in each.classes)
    log = one(user, "log-search")
    assert order.index(error) < order.index(traceback) < order.index(log)
    assert traceback.props["open"]


async def test_the_timeline_has_a_line_for_each_attempt(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("break_down")
    await ended(found.id)
    await asyncio.to_thread(retry, found.id, by=ME)
    await until(lambda: jobs.get_job(found.id).attempt == 2 and jobs.get_job(found.id).state.is_finished)

    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker="way-2", retries=RETRIES)

    first, second = lengths_of_attempts(found.id)
    worker = jobs.get_job(found.id).worker
    assert names(user, "way-") == ["way-1", "way-2"]
    assert said_in(user, "way-1").startswith(f"Attempt 1 failedqueued {first[0]}ran {first[1]}Started by ")
    assert said_in(user, "way-2").startswith(f"Attempt 2 failedqueued {second[0]}ran {second[1]}Retried by ")
    assert f"on {worker}" in said_in(user, "way-2")


async def test_the_head_offers_one_act_and_the_others_behind_a_button(user: User, run_worker: RunWorker) -> None:
    found = await stored("count_rows")
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"more-{found.id}", retries=RETRIES)
    names_of_buttons = [f"{name}-{found.id}" for name in ("cancel", "force", "retry")]

    assert [name for name in names_of_buttons if one(user, name).visible] == [f"cancel-{found.id}"]
    run_worker()
    await until(lambda: text_of(user, f"state-{found.id}") == "Succeeded")

    assert [name for name in names_of_buttons if one(user, name).visible] == [f"retry-{found.id}"]
    menu = next(each for each in one(user, f"more-{found.id}").descendants() if isinstance(each, ui.menu))
    assert one(user, f"edit-{found.id}") in menu.descendants()
    assert one(user, f"delete-{found.id}") in menu.descendants()


async def test_a_job_that_gave_up_shows_the_authors_sentence(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("give_up")
    await ended(found.id)

    await user.open(f"/jobs/{found.id}")

    await user.should_see("There is no file a.csv.", retries=RETRIES)
    await user.should_not_see("JobError")


async def test_a_waiting_job_says_why_it_waits(user: User) -> None:
    found = await stored("count_rows")
    await user.open(f"/jobs/{found.id}")

    await user.should_see("No worker listens to the queue default", retries=RETRIES)


async def test_a_run_says_what_it_took_and_whether_its_code_is_another_now(
    user: User, run_worker: RunWorker, gate: threading.Event
) -> None:
    @job(title="Silent")
    def silent(ctx: JobContext) -> None:
        """Wait, and work for a moment."""
        gate.wait(patient(30))
        sum(range(1_000_000))

    run_worker()
    found = await stored("silent")
    await user.open(f"/jobs/{found.id}")

    await user.should_see("No progress is reported.", retries=RETRIES)
    gate.set()
    await ended(found.id)
    await user.should_see("of processor time", retries=RETRIES)
    await user.should_not_see("the code has changed since")
    await asyncio.to_thread(run_by_other_code, found.id)
    await user.open(f"/jobs/{found.id}")
    await user.should_see("the code has changed since", retries=RETRIES)


def run_by_other_code(job_id: int) -> None:
    """Let a job have been run by a worker that had another version of its kind's file."""
    with session(write=True) as opened:
        opened.execute(update(Job).where(col(Job.id) == job_id).values(code_version="other"))


async def test_the_page_follows_the_job_while_it_is_open(
    user: User, run_worker: RunWorker, gate: threading.Event
) -> None:
    run_worker()
    found = await stored("wait_at_the_gate")
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"state-{found.id}", retries=RETRIES)
    await until(lambda: text_of(user, f"state-{found.id}") == "Running")

    gate.set()

    await until(lambda: text_of(user, f"state-{found.id}") == "Succeeded")
    await user.should_see("through", retries=RETRIES)
    await until(lambda: said_in(user, "way-1").startswith("Attempt 1 succeeded"))


async def test_a_span_that_ends_is_shown_while_its_job_runs(
    user: User, run_worker: RunWorker, gate: threading.Event
) -> None:
    is_read = threading.Event()

    @job
    def read_and_wait(ctx: JobContext) -> None:
        """Wait, after a stretch that has a name."""
        with ctx.span("read the index"):
            is_read.wait(patient(60))
        gate.wait(patient(60))

    run_worker()
    found = await stored("read_and_wait")
    await user.open(f"/jobs/{found.id}")
    await until(lambda: "attempt 1" in rows_of_trace(user))
    assert "read the index" not in rows_of_trace(user)

    is_read.set()

    await until(lambda: "read the index" in rows_of_trace(user))

    assert jobs.get_job(found.id).state is State.RUNNING
    gate.set()


async def test_the_bar_begins_where_it_was_heard_to_be_and_not_where_the_row_still_says(
    user: User, run_worker: RunWorker, gate: threading.Event
) -> None:
    run_worker()
    found = await stored("wait_at_the_gate")
    await until(lambda: jobs.get_job(found.id).state is State.RUNNING)
    bridge.hear(JobChanged(job=jobs.get_job(found.id)))
    bridge.hear(JobProgressed(job_id=found.id, attempt=1, progress=Progress(done=8, total=100, ratio=0.08, at=now())))

    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"progress-{found.id}", retries=RETRIES)

    assert one(user, f"progress-{found.id}").props["aria-valuenow"] == 8
    gate.set()
    await ended(found.id)


async def test_cancel_and_retry_from_the_head(user: User) -> None:
    found = await stored("count_rows")
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"cancel-{found.id}", retries=RETRIES)

    user.find(marker=f"cancel-{found.id}").click()
    await until(lambda: text_of(user, f"state-{found.id}") == "Cancelled")
    user.find(marker=f"retry-{found.id}").click()

    await until(lambda: text_of(user, f"state-{found.id}") == "Queued")


async def test_a_second_press_on_retry_of_a_job_that_succeeded_starts_no_second_job(
    user: User, run_worker: RunWorker
) -> None:
    run_worker()
    found = await stored("count_rows")
    await ended(found.id)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker="result", retries=RETRIES)

    user.find(marker=f"retry-{found.id}").click().click()

    await user.should_see(marker=f"state-{found.id + 1}", retries=RETRIES)
    assert [one.id for one in jobs.list_jobs(JobFilter()).items] == [found.id + 1, found.id]


async def test_a_second_press_on_retry_of_a_job_that_failed_is_no_error(user: User) -> None:
    found = await stored("count_rows")
    await asyncio.to_thread(cancel, found.id, by=ME)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"retry-{found.id}", retries=RETRIES)

    user.find(marker=f"retry-{found.id}").click().click()

    await until(lambda: text_of(user, f"state-{found.id}") == "Queued")
    await until(lambda: user.notify.messages == [f"Count rows #{found.id} runs again."])


async def test_a_job_that_was_put_aside_says_how_many_it_waits_for_and_how_far_they_are(user: User) -> None:
    found, children = await stored("go_on"), [await stored("count_rows") for _ in range(3)]
    message = Message(job_id=found.id, token=1, kind="go_on", queue="default", priority="normal")
    assert await asyncio.to_thread(claimed, message)
    ids = [one.id for one in children]
    await asyncio.to_thread(partial(aside.put_aside, found.id, 1, worker_id="w1", awaits=ids))
    await asyncio.to_thread(cancel, ids[0], by=ME)

    await user.open(f"/jobs/{found.id}")

    await user.should_see("It waits for 2 of 3 jobs to end.", retries=RETRIES)
    assert text_of(user, f"state-{found.id}") == "Scheduled"
    await user.should_see("33%", retries=RETRIES)
    with session(write=True) as opened:
        row = opened.get(Job, found.id)
        assert row is not None
        row.aside_since = None  # as one that is retried in turn: how far it was is no more how far it is
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"cancel-{found.id}", retries=RETRIES)
    assert not one(user, f"progress-{found.id}").parent_slot.parent.visible  # type: ignore[union-attr]  # it has one


async def test_a_failed_job_goes_on_from_what_it_saved_or_starts_anew(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("go_on")
    await ended(found.id)
    await user.open(f"/jobs/{found.id}")
    await user.should_see('{\n  "by": 1\n}', retries=RETRIES)

    user.find(marker=f"go-on-{found.id}").click()
    await user.should_see('{\n  "by": 2\n}', retries=RETRIES)
    await user.should_see(marker=f"anew-{found.id}", retries=RETRIES)
    title = str(one(user, f"anew-{found.id}").props["title"])
    assert title.endswith("this value, and which children it started once, are forgotten.")
    user.find(marker=f"anew-{found.id}").click()
    await user.should_see('{\n  "by": 3\n}', retries=RETRIES)

    said = [line.text for line in await asyncio.to_thread(details.list_log, found.id)]
    assert said == ["saved before: None", "saved before: {'by': 1}", "saved before: None"]


async def test_an_act_that_is_off_says_why(user: User) -> None:
    found = await stored("count_rows")
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"cancel-{found.id}", retries=RETRIES)

    delete = cast(ui.menu_item, one(user, f"delete-{found.id}"))

    assert not delete.enabled
    assert delete.props["title"] == "Only a finished job can be deleted; cancel it first."


async def test_delete_asks_and_names_what_is_lost(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("count_rows")
    await ended(found.id)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker="result", retries=RETRIES)

    user.find(marker=f"delete-{found.id}").click()
    await user.should_see("The job, its log, its files and its result are lost for good.", retries=RETRIES)
    assert jobs.get_job(found.id)
    await press_confirm(user, "confirm-delete")

    await until(lambda: not jobs.list_jobs(JobFilter()).items)


async def test_retry_with_edits_opens_the_form_with_the_values(user: User) -> None:
    found = await stored("count_rows", path="/data/a.csv")
    await asyncio.to_thread(cancel, found.id, by=ME)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"edit-{found.id}", retries=RETRIES)

    user.find(marker=f"edit-{found.id}").click()

    await user.should_see(f"Run #{found.id} again", retries=RETRIES)
    assert cast(Any, one(user, "field-path")).value == "/data/a.csv"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("999", "There is no job #999."),
        ("abc", "“abc” is not a job's number."),
        ("99999999999999999999999", "“99999999999999999999999” is not a job's number."),
    ],
)
async def test_a_job_that_is_not_there_has_a_page_that_says_so(user: User, path: str, sentence: str) -> None:
    await user.open(f"/jobs/{path}")

    await user.should_see(sentence, retries=RETRIES)
    await user.should_see("Open the history")


async def test_a_job_deleted_while_it_is_read_stays_deleted(
    user: User, monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    from app.queue.acts.control import delete

    found = await stored("count_rows")
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"state-{found.id}", retries=RETRIES)
    read, are_read = job_reading.read, threading.Event()

    def read_slowly(job_id: int) -> job_reading.Reading:
        reading = read(job_id)
        are_read.set()
        gate.wait(patient(30))
        return reading

    monkeypatch.setattr(job_reading, "read", read_slowly)
    await asyncio.to_thread(cancel, found.id, by=ME)
    await asyncio.to_thread(are_read.wait, 30)
    await asyncio.to_thread(delete, found.id, by=ME)
    await user.should_see(f"Job #{found.id} was deleted.", retries=RETRIES)
    assert user.client is not None
    assert user.client.title == f"#{found.id} was deleted · Jobdeck"
    gate.set()

    await until(lambda: not any("read job" in (task.get_name() or "") for task in asyncio.all_tasks()))
    await user.should_see(f"Job #{found.id} was deleted.")
    assert names(user, "state-") == []


async def test_a_job_deleted_meanwhile_says_so(user: User) -> None:
    from app.queue.acts.control import delete

    found = await stored("count_rows")
    await asyncio.to_thread(cancel, found.id, by=ME)
    await user.open(f"/jobs/{found.id}")
    await user.should_see("Count rows", retries=RETRIES)

    await asyncio.to_thread(delete, found.id, by=ME)

    await user.should_see(f"Job #{found.id} was deleted.", retries=RETRIES)


async def test_the_log_is_narrowed_by_level_and_the_address_says_so(
    user: User, run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_worker()
    found = await stored("count_rows")
    await ended(found.id)
    await user.open(f"/jobs/{found.id}?level=warning")
    await user.should_see(marker="log-level", retries=RETRIES)
    seen: list[str] = []
    monkeypatch.setattr(user.navigate.history, "replace", seen.append)

    assert cast(Any, one(user, "log-level")).value == "warning"
    fill(user, "log-level", "error", leave=False)

    await until(lambda: seen == [f"/jobs/{found.id}?level=error"])


async def test_a_log_in_which_nothing_is_found_says_so_and_an_empty_one_that_it_is_empty(
    user: User, run_worker: RunWorker
) -> None:
    run_worker()
    found, silent = await stored("count_rows"), await stored("give_up")
    await ended(found.id)
    await ended(silent.id)

    await user.open(f"/jobs/{found.id}?level=error")
    await until(lambda: said_of_no_lines(user) == "No error in the log.")
    fill(user, "log-search", "disk", leave=False)
    await until(lambda: said_of_no_lines(user) == "No error with “disk” in the log.")
    await user.open(f"/jobs/{found.id}?log=disk&attempt=2")
    await until(lambda: said_of_no_lines(user) == "No line with “disk” in the log of attempt 2.")
    await user.open(f"/jobs/{silent.id}?level=error")
    await until(lambda: said_of_no_lines(user) == "Nothing in the log.")


async def test_a_search_of_the_log_counts_its_lines_and_goes_through_them(
    user: User, run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_worker()
    found = await stored("count_rows")
    await ended(found.id)
    await until(lambda: len(details.list_log(found.id)) == 2)  # they are written up to a second later
    lines = details.list_log(found.id, text="o")
    await user.open(f"/jobs/{found.id}?log=O")
    await until(lambda: names(user, "log-count"))
    await until(lambda: text_of(user, "log-count") == plural(len(lines), "line"))
    seen: list[str] = []
    monkeypatch.setattr(user.navigate.history, "replace", seen.append)

    user.find(marker="log-next").click()
    await until(lambda: text_of(user, "log-count") == f"1 of {len(lines)}")
    assert seen[-1] == f"/jobs/{found.id}?log=O&line={lines[0].seq}"
    user.find(marker="log-previous").click()
    await until(lambda: text_of(user, "log-count") == f"{len(lines)} of {len(lines)}" and len(seen) >= len(lines))
    fill(user, "log-search", "", leave=False)
    await until(lambda: seen[-1] == f"/jobs/{found.id}")
    await until(lambda: not one(user, "log-count").parent_slot.parent.visible)  # type: ignore[union-attr]  # it has one


async def test_what_is_found_in_a_log_that_grows_is_counted_on(user: User) -> None:
    message = inserted(kind="count_rows").message
    assert message is not None
    assert claimed(message)
    say(message.job_id, 1, "the disk is full", "another line")
    await user.open(f"/jobs/{message.job_id}?log=disk")
    await until(lambda: names(user, "log-count"))
    await until(lambda: text_of(user, "log-count") == "1 line")

    say(message.job_id, 3, "no word of it", "the disk is still full")
    bridge.refreshed.emit()

    await until(lambda: text_of(user, "log-count") == "2 lines")


def say(job_id: int, first: int, *texts: str) -> None:
    """Write lines of a log as a worker does."""
    at = datetime.now(UTC)
    reported.record([], [NewLogLine(job_id, seq, 1, at, 20, text) for seq, text in enumerate(texts, first)])


def said_of_no_lines(user: User) -> str:
    """Return what the log says while it shows no line; "" before it is there."""
    assert user.client is not None
    logs = [each for each in user.client.elements.values() if isinstance(each, LogTail)]
    return str(logs[0].props["empty"]) if logs else ""


async def test_the_whole_log_can_be_downloaded(user: User, run_worker: RunWorker) -> None:
    run_worker()
    found = await stored("count_rows")
    await ended(found.id)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker="log-download", retries=RETRIES)

    user.find(marker="log-download").click()

    response = await user.download.next()
    assert "opening" in response.text
    assert "warning [1] a bad row" in response.text


async def test_a_job_of_a_paused_queue_says_who_paused_it_and_why(user: User) -> None:
    started = await asyncio.to_thread(start, "count_rows", {}, by=ME)
    await user.open(f"/jobs/{started.id}")
    await user.should_see("No worker listens to the queue default", retries=RETRIES)

    await asyncio.to_thread(pause, "default", reason="the server moves", by=person("ops"))

    await user.should_see("The queue default is paused by ops: the server moves; no worker listens", retries=RETRIES)
    await asyncio.to_thread(resume, "default", by=ME)
    await user.should_see("No worker listens to the queue default", retries=RETRIES)


async def test_a_job_of_a_full_kind_says_so(user: User, run_worker: RunWorker, gate: threading.Event) -> None:
    @job(title="One at a time", max_running=1)
    def one_at_a_time(ctx: JobContext) -> None:
        """Wait."""
        gate.wait(patient(30))

    run_worker()
    first = await asyncio.to_thread(start, "one_at_a_time", {}, by=ME)
    await until(lambda: jobs.get_job(first.id).state is State.RUNNING)
    waiting = await asyncio.to_thread(start, "one_at_a_time", {}, by=ME)

    await user.open(f"/jobs/{waiting.id}")

    await user.should_see("1 job of this kind may run at once and does; 1 of 2 threads free.", retries=RETRIES)


async def test_a_job_that_waits_for_another_is_linked_on_both_pages_and_runs_when_that_has_ended(
    user: User, run_worker: RunWorker, gate: threading.Event
) -> None:
    first = await stored("wait_at_the_gate")
    then = await asyncio.to_thread(start, "count_rows", {}, order=StartOptions(after=[first.id]), by=ME)
    await user.open(f"/jobs/{first.id}")
    await user.should_see(f"#{then.id} Count rows", retries=RETRIES)
    await user.should_see("wait again when it is retried", retries=RETRIES)
    await user.open(f"/jobs/{then.id}")
    await user.should_see(f"It waits for #{first.id} Wait at the gate.", retries=RETRIES)
    await user.should_see("After", retries=RETRIES)
    await until(lambda: said_in(user, "way-1").endswith(f"Started by me, through test, to run after #{first.id}"))

    gate.set()
    run_worker()

    await user.should_see(marker=f"state-{then.id}", content="Succeeded", retries=RETRIES)
