"""The page of one job: how it stands, what came out, its files, its log, its way through the states."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db import JobSnapshot, State
from app.db.queries.jobs import MAX_ID
from app.db.snapshots.parts import LogLine, Progress
from app.errors import AppError, NotFound
from app.pages.job import reading as job_reading
from app.pages.job.acts import JobActs
from app.pages.job.approval.panel import ApprovalPanel
from app.pages.job.attempts import Attempts
from app.pages.job.children import JobChildren
from app.pages.job.copies import copies_of
from app.pages.job.earlier_runs import show_runs
from app.pages.job.facts import show_facts
from app.pages.job.head import JobHead
from app.pages.job.notes.note_list import NoteList
from app.pages.job.outcome import Outcome
from app.pages.job.saved.checkpoint_card import CheckpointCard
from app.pages.job.timeline import Timeline
from app.pages.job.trace import Waterfall
from app.pages.job.waiting import show_waiting
from app.pages.job_log.panel import LogPanel
from app.pages.jobs.reader import seen_params
from app.pages.jobs.walking.walked_list import WalkKeys
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.previews.file_list import FileList
from app.pages.previews.file_preview import FilePart
from app.pages.previews.result_view import copy_button, pretty, show_params
from app.pages.shell.missing import missing
from app.pages.shell.tab_title import name_page
from app.pages.widgets.markup import Panel, Text, box
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import problem, skeleton
from app.pages.widgets.toast import toast
from app.queue import registry

MAX_JOB_ID_DIGITS = len(str(MAX_ID))
WAITING_PAUSE_SECONDS = 1.0
TRACE_PAUSE_SECONDS = 0.2
"""Between two readings of the trace alone, while spans end."""


def page(job_id: str) -> None:
    """Draw the page of a job; what is not a job's number has no page."""
    if job_id.isascii() and job_id.isdecimal() and len(job_id) <= MAX_JOB_ID_DIGITS:
        JobPage(int(job_id))
    else:
        missing(f"“{job_id[:40]}” is not a job's number.", "A job's number is in the history, as #12.")


class JobPage:
    """One tab's view of one job: reads it, hands it to the parts, and listens. Event loop only."""

    def __init__(self, job_id: int) -> None:
        """Draw placeholders and begin to load."""
        self.job_id = job_id
        self.job: JobSnapshot | None = None
        self._is_to_say_again = False
        self._is_gone = False
        """It was deleted: what is read or told of it now is older than that."""
        self._parts: JobParts | None = None
        self.root = box("jd-jobpage")
        self._reading = ReadLoop(self._read_once, name=f"read job {job_id}", element=self.root)
        self._tracing = ReadLoop(
            self._read_trace_once, name=f"trace of {job_id}", element=self.root, pause_seconds=TRACE_PAUSE_SECONDS
        )
        self._one_reading = asyncio.Lock()
        """What was read later is shown later."""
        self._subscriptions = Subscriptions()
        with self.root, box("jd-panel"):
            skeleton(lines=6)
        WalkKeys(job_id, page=self.root)
        self._subscriptions.add(bridge.job_changed, self._on_job)
        self._subscriptions.add(bridge.progress, self._on_progress)
        self._subscriptions.add(bridge.log, self._on_log)
        self._subscriptions.add(bridge.spans_ended, self._on_spans)
        self._subscriptions.add(bridge.job_deleted, self._on_deleted)
        self._subscriptions.add(bridge.queue_changed, self._on_queue)
        self._subscriptions.add(bridge.refreshed, self._reading.ask)
        self._reading.ask()

    # Reading

    async def _read_once(self) -> None:
        async with self._one_reading:
            await self._read_all()

    async def _read_trace_once(self) -> None:
        async with self._one_reading:
            with contextlib.suppress(AppError):  # the next reading of all says what is wrong
                trace, lines = await asyncio.to_thread(job_reading.read_trace, self.job_id)
                if self._parts is not None:
                    self._parts.waterfall.show(trace, lines)

    async def _read_all(self) -> None:
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
            await self._show(outcome)

    async def _show(self, reading: job_reading.Reading) -> None:
        reading = replace(reading, job=bridge.as_heard(reading.job))
        self.job = reading.job
        if self._parts is None:
            self._parts = self._draw(reading)
            self._parts.show(reading)
            await self._parts.log.load()
        else:
            self._parts.show(reading)
            await self._parts.log.catch_up()

    def _draw(self, reading: job_reading.Reading) -> "JobParts":
        self.root.clear()
        with self.root:
            acts = JobActs(
                self._present,
                page=self.root,
                has_files=lambda: self._parts is not None and self._parts.has_files,
                on_change=self._on_job,
                on_refusal=self._reading.ask,
            )
            head = JobHead(reading.job, acts=acts.of_head(), copies=copies_of(self._present, on_copy=_copy))
            return JobParts(reading, head=head, page=self.root, subscriptions=self._subscriptions, acts=acts)

    def _show_problem(self, error: AppError) -> None:
        if self._parts is None:
            self._replace_by(lambda: problem(error.message, error.hint, on_retry=self._reading.ask))
        else:
            toast(error.message, error.hint, tone="error")

    def _show_as_missing(self, sentence: str, hint: str) -> None:
        self._replace_by(lambda: missing(sentence, hint))

    def _replace_by(self, draw: Callable[[], object]) -> None:
        self.job = self._parts = None
        if not self.root.is_deleted:
            self.root.clear()
            with self.root:
                draw()

    # What happens meanwhile

    def _on_job(self, job: JobSnapshot) -> None:
        if job.id != self.job_id:
            self._on_other_job(job)
            return
        if self.job is not None and self._parts is not None and job.version > self.job.version:
            self.job = job
            self._parts.head.update(job)  # at once; the rest follows from the database
        self._reading.ask()

    def _on_other_job(self, job: JobSnapshot) -> None:
        """While it waits, what others do changes why: say so again, once a second."""
        if self.job_id in job.after:
            self._reading.ask()
        if self.job is None or not _changes_why(job, self.job):
            return
        if not self._is_to_say_again:
            self._is_to_say_again = True
            background_tasks.create(self._say_again(), name=f"why job {self.job_id} waits", context=self.root)

    async def _say_again(self) -> None:
        await asyncio.sleep(WAITING_PAUSE_SECONDS)
        self._is_to_say_again = False
        self._reading.ask()

    def _on_queue(self, name: str) -> None:
        if self.job is not None and self.job.state is State.QUEUED and self.job.queue == name:
            self._reading.ask()

    def _on_progress(self, news: tuple[int, Progress]) -> None:
        job_id, progress = news
        if job_id == self.job_id and self.job is not None and self._parts is not None:
            if self.job.state is State.RUNNING:
                self.job = self.job.model_copy(update={"progress": progress})
                self._parts.head.update(self.job)

    async def _on_log(self, news: tuple[int, list[LogLine]]) -> None:
        job_id, lines = news
        if job_id == self.job_id and self._parts is not None and lines:
            self._parts.head.hear(lines[-1].at)
            await self._parts.log.append(lines)

    def _on_spans(self, job_id: int) -> None:
        # What is being read for the first time may be older than what was told.
        if job_id == self.job_id or (self._parts is not None and self._parts.waterfall.has_job(job_id)):
            self._tracing.ask()

    def _on_deleted(self, job_id: int) -> None:
        if job_id == self.job_id:
            self._is_gone = True
            name_page(f"#{job_id} was deleted")
            self._show_as_missing(f"Job #{job_id} was deleted.", "Its log and files are gone with it.")

    def _present(self) -> JobSnapshot:
        assert self.job is not None
        return self.job


class JobParts:
    """The parts of the page below the head, and what each of them is handed. Event loop only."""

    def __init__(
        self,
        reading: job_reading.Reading,
        *,
        head: JobHead,
        page: Element,
        subscriptions: Subscriptions,
        acts: JobActs,
    ) -> None:
        """Draw them; `show` fills them. `acts`: what a person does with the job."""
        self.head = head
        self._job_id = reading.job.id
        with head.element:
            self._waiting = box("jd-waiting")
            self._approval = ApprovalPanel(reading.job, on_word=acts.say_word) if reading.job.is_unapproved else None
        with box("jd-grid jd-jobpage__grid"):
            with box("jd-column"):
                self._outcome = Outcome(on_copy=_copy)
                with _card("Files") as self._files_card:
                    self._files = FileList(read=self._read_file)
                self._checkpoint = CheckpointCard(self._job_id, on_retry=acts.retry, on_anew=acts.retry_anew)
                self._children = JobChildren(self._job_id, page=page, subscriptions=subscriptions)
                with _card("Attempts") as self._attempts_card:
                    self._attempts = Attempts(self._job_id, on_copy=_copy)
                with _card("Trace") as self._trace_card:
                    self.waterfall = Waterfall(self._job_id)
                self.log = LogPanel(self._job_id, page=page)
            with box("jd-column"):
                _draw_params(reading)
                with _card("Timeline"):
                    self._timeline = Timeline()
                kind = registry.find(reading.job.kind)
                self._facts = show_facts(reading.job, is_isolated=kind is not None and kind.isolate)
                self._notes = NoteList(self._job_id, on_write=acts.write_note)
                with _card("Runs of this kind") as self._runs_card:
                    self._runs = box("jd-jobpage__runs")

    @property
    def has_files(self) -> bool:
        """Say whether the job has files."""
        return bool(self._files_card.visible)

    def show(self, reading: job_reading.Reading) -> None:
        """Hand each part what was read for it."""
        job = reading.job
        self.head.compare(reading.usual_seconds, is_changed_code=_is_changed_code(job))
        self.head.update(job)
        self._outcome.show(job, traceback=reading.attempts[-1].traceback if reading.attempts else None)
        self._show_waiting(reading)
        self._checkpoint.show(job, reading.checkpoint)
        if self._approval is not None:
            self._approval.show(job)
        self._children.show(reading.children)
        self._timeline.set_way(reading.transitions, reading.attempts)
        self._attempts.set_attempts(reading.attempts)
        self.waterfall.show(reading.trace, reading.lines)
        _set_visible(self._trace_card, job.attempt > 0)
        self._notes.show(reading.notes)
        self._files.set_files(reading.files)
        self.log.set_attempts(job.attempt)
        self._facts.update(job, reading.followers, has_children=bool(reading.children.first))
        _set_visible(self._files_card, bool(reading.files))
        _set_visible(self._attempts_card, len(reading.attempts) > 1 or (job.error is None and _has_traceback(reading)))
        _set_visible(self._runs_card, len(reading.runs) > 1)
        self._runs.clear()
        if len(reading.runs) > 1:
            with self._runs:
                show_runs(reading.runs, present=self._job_id)

    def _show_waiting(self, reading: job_reading.Reading) -> None:
        kind = registry.find(reading.job.kind)
        self._waiting.clear()
        with self._waiting:
            show_waiting(
                reading.job,
                wait=reading.wait,
                grace_seconds=kind.grace if kind else None,
            )

    async def _read_file(self, name: str, most_bytes: int, is_end: bool) -> FilePart:
        return await asyncio.to_thread(job_reading.read_file, self._job_id, name, most_bytes=most_bytes, is_end=is_end)


def _changes_why(other: JobSnapshot, job: JobSnapshot) -> bool:
    """Say whether news of another job may change why a job waits."""
    if job.state is State.SCHEDULED:
        return other.parent_id == job.id and other.state.is_finished
    return job.state is State.QUEUED and (other.queue == job.queue or other.kind == job.kind)


def _is_changed_code(job: JobSnapshot) -> bool:
    """Say whether the kind's code is another now than when the job ran last."""
    kind = registry.find(job.kind)
    ran, present = job.code_version, kind.code_version if kind else None
    return ran is not None and present is not None and ran != present


def _has_traceback(reading: job_reading.Reading) -> bool:
    return any(one.traceback for one in reading.attempts)


def _draw_params(reading: job_reading.Reading) -> None:
    job, params = reading.job, seen_params(reading.job)
    with Panel("jd-panel"):
        with panel_head("Params"):
            if params:
                copy_button("Copy the params as JSON", lambda: _copy(pretty(params)))
        if params:
            show_params(params, job_reading.specs_of_kind(job.kind), uploads=reading.uploads)
        else:
            Text("p", "This kind has no parameters.", classes="jd-note jd-note--padded")


def _card(title: str) -> Panel:
    card = Panel("jd-panel")
    with card, panel_head(title):
        pass
    return card


def _copy(text: str) -> None:
    ui.clipboard.write(text)
    toast("Copied.")


def _set_visible(element: Element, is_visible: bool) -> None:
    if element.visible != is_visible:
        element.visible = is_visible
