"""The page of one job: how it stands, what came out, its files, its log, its way through the states."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db import JobSnapshot, State
from app.db.queries.jobs import MAX_ID
from app.db.snapshots.files import Upload
from app.db.snapshots.parts import LogLine, Progress
from app.errors import AppError, NotFound
from app.pages.job import reading as job_reading
from app.pages.job.attempts import Attempts, error_block
from app.pages.job.children import JobChildren
from app.pages.job.copies import copies_of
from app.pages.job.earlier_runs import show_runs
from app.pages.job.facts import show_facts
from app.pages.job.head import HeadAct, JobHead
from app.pages.job.timeline import Timeline
from app.pages.job.waiting import show_waiting
from app.pages.job_log import reading as log_reading
from app.pages.job_log.follower import LogFollower
from app.pages.job_log.log import JobLog, LogChoice
from app.pages.jobs.deletion import ask_before_delete
from app.pages.jobs.force_stop import ask_before_force
from app.pages.jobs.reader import reader
from app.pages.jobs.refusals import refuse_cancel, refuse_delete, refuse_force, refuse_retry
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.previews.file_list import FileList
from app.pages.previews.file_preview import FilePart
from app.pages.previews.result_view import copy_button, pretty, show_params, show_result
from app.pages.shell.missing import missing
from app.pages.shell.tab_title import name_page
from app.pages.start.dialog import open_start_dialog
from app.pages.widgets.markup import Text, box
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import problem, skeleton
from app.pages.widgets.toast import toast
from app.queue import cancel, registry, retry
from app.queue.acts.control import delete

MAX_JOB_ID_DIGITS = len(str(MAX_ID))
WAITING_PAUSE_SECONDS = 1.0


def page(job_id: str) -> None:
    """Draw the page of a job; what is not a job's number has no page."""
    if job_id.isascii() and job_id.isdecimal() and len(job_id) <= MAX_JOB_ID_DIGITS:
        JobPage(int(job_id))
    else:
        missing(f"“{job_id[:40]}” is not a job's number.", "A job's number is in the history, as #12.")


class JobPage:
    """One tab's view of one job. Event loop only."""

    def __init__(self, job_id: int) -> None:
        """Draw placeholders and begin to load."""
        self.job_id = job_id
        self.job: JobSnapshot | None = None
        self._is_reading = False
        self._wants_reading = False
        self._is_to_say_again = False
        self._is_leaving = False
        self._is_gone = False
        """It was deleted: what is read or heard of it now is older than that."""
        self._result_of: tuple[object, ...] = ()
        self.root = box("jd-jobpage")
        self._subscriptions = Subscriptions()
        with self.root:
            self._skeleton = box("jd-panel")
            with self._skeleton:
                skeleton(lines=6)
        self._subscriptions.add(bridge.job_changed, self._on_job)
        self._subscriptions.add(bridge.progress, self._on_progress)
        self._subscriptions.add(bridge.log, self._on_log)
        self._subscriptions.add(bridge.job_deleted, self._on_deleted)
        self._subscriptions.add(bridge.queue_changed, self._on_queue)
        self._subscriptions.add(bridge.refreshed, self._read)
        self._read()

    # Reading

    def _read(self) -> None:
        """Read everything about the job again; one reading at a time, the last wish counts."""
        self._wants_reading = True
        if not self._is_reading:
            background_tasks.create(self._read_while_wanted(), name=f"read job {self.job_id}", context=self.root)

    async def _read_while_wanted(self) -> None:
        self._is_reading = True
        try:
            while self._wants_reading and not self.root.is_deleted:
                self._wants_reading = False
                await self._read_once()
        finally:
            self._is_reading = False

    async def _read_once(self) -> None:
        outcome: job_reading.Reading | AppError
        try:
            outcome = await asyncio.to_thread(job_reading.read, self.job_id)
        except AppError as error:
            outcome = error
        if self.root.is_deleted or self._is_gone:
            return
        if isinstance(outcome, NotFound):
            self._show_as_missing(outcome.message, outcome.hint or "")
        elif isinstance(outcome, AppError):
            self._show_problem(outcome)
        else:
            is_first = self.job is None
            if is_first:
                self._draw(outcome)
            self._show(outcome)
            await (self._load_log() if is_first else self._follower.catch_up())

    def _show_problem(self, error: AppError) -> None:
        if self.job is None:
            self._replace_by(lambda: problem(error.message, error.hint, on_retry=self._read))
        else:
            toast(error.message, error.hint, tone="error")

    def _show_as_missing(self, sentence: str, hint: str) -> None:
        self._replace_by(lambda: missing(sentence, hint))

    def _replace_by(self, draw: Callable[[], object]) -> None:
        self.job = None
        if not self.root.is_deleted:
            self.root.clear()
            with self.root:
                draw()

    # Drawing

    def _draw(self, reading: job_reading.Reading) -> None:
        job = self.job = reading.job
        self.root.clear()
        with self.root:
            with ui.card().classes(replace="jd-panel"):
                self.head = JobHead(job, acts=self._acts(), copies=copies_of(self._present, on_copy=self._copy))
                self._waiting = box("jd-waiting")
            with box("jd-grid jd-jobpage__grid"):
                with box("jd-column"):
                    self._outcome = box("jd-column jd-jobpage__outcome")
                    with ui.card().classes(replace="jd-panel") as self._files_card:
                        with panel_head("Files"):
                            pass
                        self._files = FileList(read=self._read_file)
                    self._children = JobChildren(self.job_id, page=self.root, subscriptions=self._subscriptions)
                    self._draw_log()
                    with ui.card().classes(replace="jd-panel") as self._attempts_card:
                        with panel_head("Attempts"):
                            pass
                        self._attempts = Attempts(on_copy=self._copy)
                with box("jd-column"):
                    self._draw_params(job, reading.uploads)
                    with ui.card().classes(replace="jd-panel"):
                        with panel_head("Timeline"):
                            pass
                        self._timeline = Timeline()
                    kind = registry.find(job.kind)
                    self._attempt_count = show_facts(job, is_isolated=kind is not None and kind.isolate)
                    with ui.card().classes(replace="jd-panel") as self._runs_card:
                        with panel_head("Runs of this kind"):
                            pass
                        self._runs = box("jd-jobpage__runs")

    def _draw_params(self, job: JobSnapshot, uploads: Mapping[str, Upload]) -> None:
        with ui.card().classes(replace="jd-panel"):
            with panel_head("Params"):
                if job.params:
                    copy_button("Copy the params as JSON", lambda: self._copy(pretty(job.params)))
            if job.params:
                show_params(job.params, job_reading.specs_of_kind(job.kind), uploads=uploads)
            else:
                Text("p", "This kind has no parameters.", classes="jd-note jd-note--padded")

    def _draw_log(self) -> None:
        with ui.card().classes(replace="jd-panel"):
            with panel_head("Log"):
                pass
            choice = LogChoice.of_url(ui.context.client.sub_pages_router.current_path)
            self._log = JobLog(choice, on_choose=self._choose_log, on_download=self._download_log)
            self._follower = LogFollower(self.job_id, self._log, page=self.root)

    # Showing what changed

    def _show(self, reading: job_reading.Reading) -> None:
        self.job = reading.job
        self.head.update(reading.job)
        self._show_outcome(reading.job)
        self._show_waiting(reading)
        self._children.show(reading.children)
        self._timeline.set_transitions(reading.transitions)
        self._attempts.set_attempts(reading.attempts)
        self._files.set_files(reading.files)
        self._log.set_attempts(reading.job.attempt)
        self._attempt_count.text = f"{reading.job.attempt} of {reading.job.max_attempts}"
        _set_visible(self._files_card, bool(reading.files))
        _set_visible(self._attempts_card, any(one.traceback for one in reading.attempts) or len(reading.attempts) > 1)
        _set_visible(self._runs_card, len(reading.runs) > 1)
        self._runs.clear()
        if len(reading.runs) > 1:
            with self._runs:
                show_runs(reading.runs, present=self.job_id)

    def _show_outcome(self, job: JobSnapshot) -> None:
        outcome = (job.state, job.result, job.error)
        if outcome == self._result_of:
            return
        self._result_of = outcome
        self._outcome.clear()
        _set_visible(self._outcome, job.error is not None or (job.state is State.SUCCEEDED and job.result is not None))
        with self._outcome:
            if job.error is not None:
                with ui.card().classes(replace="jd-panel"):
                    with panel_head("Error"):
                        text = f"{job.error.type}: {job.error.message}"
                        copy_button("Copy the error", lambda: self._copy(text))
                    error_block(job.error.type, job.error.message)
            elif job.state is State.SUCCEEDED and job.result is not None:
                with ui.card().classes(replace="jd-panel"):
                    with panel_head("Result"):
                        shown = job.result if isinstance(job.result, str) else pretty(job.result)
                        copy_button("Copy the result", lambda: self._copy(shown))
                    show_result(job.result)

    def _show_waiting(self, reading: job_reading.Reading) -> None:
        kind = registry.find(reading.job.kind)
        self._waiting.clear()
        with self._waiting:
            show_waiting(
                reading.job,
                because=reading.waits_because,
                until=reading.waits_until,
                grace_seconds=kind.grace if kind else None,
            )

    # What happens meanwhile

    def _on_job(self, job: JobSnapshot) -> None:
        if job.id != self.job_id:
            self._on_other_job(job)
            return
        if self.job is not None and job.version > self.job.version:
            self.job = job
            self.head.update(job)  # at once; the rest follows from the database
        self._read()

    def _on_other_job(self, job: JobSnapshot) -> None:
        """While it waits, what others do changes why: say so again, once a second."""
        if self.job is None or self.job.state is not State.QUEUED:
            return
        if job.queue != self.job.queue and job.kind != self.job.kind:
            return
        if not self._is_to_say_again:
            self._is_to_say_again = True
            background_tasks.create(self._say_again(), name=f"why job {self.job_id} waits", context=self.root)

    def _on_queue(self, name: str) -> None:
        if self.job is not None and self.job.state is State.QUEUED and self.job.queue == name:
            self._read()

    async def _say_again(self) -> None:
        await asyncio.sleep(WAITING_PAUSE_SECONDS)
        self._is_to_say_again = False
        self._read()

    def _on_progress(self, news: tuple[int, Progress]) -> None:
        job_id, progress = news
        if job_id == self.job_id and self.job is not None and self.job.state is State.RUNNING:
            self.job = self.job.model_copy(update={"progress": progress})
            self.head.update(self.job)

    async def _on_log(self, news: tuple[int, list[LogLine]]) -> None:
        job_id, lines = news
        if job_id != self.job_id or self.job is None or not lines:
            return
        await self._follower.hear(lines)

    def _on_deleted(self, job_id: int) -> None:
        if job_id == self.job_id:
            self._is_gone = True
            name_page(f"#{job_id} was deleted")
            self._show_as_missing(f"Job #{job_id} was deleted.", "Its log and files are gone with it.")

    # The log

    async def _choose_log(self, choice: LogChoice) -> None:
        shown = urlencode(choice.query)
        ui.navigate.history.replace(f"/jobs/{self.job_id}" + (f"?{shown}" if shown else ""))
        await self._load_log()

    async def _load_log(self) -> None:
        try:
            await self._follower.load()
        except AppError as error:
            toast(error.message, error.hint, tone="error")

    async def _download_log(self) -> None:
        try:
            text = await asyncio.to_thread(log_reading.read_whole_log, self.job_id)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
        else:
            ui.download.content(text.encode(), f"job-{self.job_id}.log", "text/plain")

    async def _read_file(self, name: str, most_bytes: int, is_end: bool) -> FilePart:
        return await asyncio.to_thread(job_reading.read_file, self.job_id, name, most_bytes=most_bytes, is_end=is_end)

    # Acts

    def _acts(self) -> list[HeadAct]:
        return [
            HeadAct(name="cancel", label="Cancel", icon="close", act=self._cancel, refusal=refuse_cancel),
            HeadAct(
                name="force",
                label="Force stop",
                icon="front_hand",
                act=self._ask_to_force,
                refusal=refuse_force,
                is_offered=lambda job: job.is_stopping,
                is_dangerous=True,
            ),
            HeadAct(name="retry", label="Retry", icon="replay", act=self._retry, refusal=refuse_retry),
            HeadAct(name="edit", label="Retry with edits", icon="tune", act=self._edit, refusal=refuse_retry),
            HeadAct(
                name="delete",
                label="Delete",
                icon="delete_outline",
                act=self._ask_to_delete,
                refusal=refuse_delete,
                is_dangerous=True,
            ),
        ]

    async def _cancel(self) -> None:
        await self._do(lambda: cancel(self.job_id, by=reader()))

    def _ask_to_force(self) -> None:
        ask_before_force(
            self.job_id, on_sure=lambda: self._do(lambda: cancel(self.job_id, by=reader(), is_forced=True))
        )

    async def _retry(self) -> None:
        if self._is_leaving:
            return
        job = await self._do(lambda: retry(self.job_id, by=reader()))
        if not isinstance(job, JobSnapshot):
            return
        if job.id == self.job_id:
            self._on_job(job)  # now, so that it cannot be retried once more before the news of it is here
        else:
            self._is_leaving = True
            ui.navigate.to(f"/jobs/{job.id}")

    async def _edit(self) -> None:
        assert self.job is not None
        await open_start_dialog(registry.get(self.job.kind), initial=self.job.params, retry_of=self.job_id)

    async def _do(self, act: Callable[[], Any]) -> Any:
        """Run an act in a thread; what goes wrong is said. Returns what it returned, None when it failed."""
        try:
            return await asyncio.to_thread(act)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            self._read()
            return None

    def _ask_to_delete(self) -> None:
        assert self.job is not None
        ask_before_delete(self.job, has_files=self._files_card.visible, on_sure=self._delete)

    async def _delete(self) -> None:
        client = self.root.client
        if await self._do(lambda: _deleted(self.job_id)):
            with client:
                toast(f"Job #{self.job_id} is deleted.")
                ui.navigate.to("/history")

    # Copying

    def _copy(self, text: str) -> None:
        ui.clipboard.write(text)
        toast("Copied.")

    def _present(self) -> JobSnapshot:
        assert self.job is not None
        return self.job


def _deleted(job_id: int) -> bool:
    delete(job_id, by=reader())
    return True


def _set_visible(element: Element, is_visible: bool) -> None:
    if element.visible != is_visible:
        element.visible = is_visible
