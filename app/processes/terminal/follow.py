"""Watches one job until it is finished. The rows are the truth; events only make it quicker, and may all be lost."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from app.actor import local
from app.db import JobSnapshot, State
from app.db.queries import details, jobs
from app.db.snapshots.files import Artifact
from app.db.snapshots.parts import Attempt, LogLine
from app.errors import AppError, Unavailable, WrongState
from app.processes.terminal.screen import Screen
from app.queue import cancel
from app.queue.events.listener import listen
from app.queue.events.types import Heard, JobChanged, JobEvent, JobLogged, JobProgressed, JobsChanged

LOOK_SECONDS = 1.0
"""How often the rows are read, events or not."""
_ASKING_SECONDS = 5.0
"""How long a command that leaves its job tries to ask it to stop while the database is away."""
_CANCEL_SECONDS = 0.2
_LINES = 500


class Source(Protocol):
    """Where the rows of a job are read: in the database, or from another machine. All but `events` runs in threads."""

    def job(self, job_id: int) -> JobSnapshot:
        """Return the job as it is."""

    def attempts(self, job_id: int) -> list[Attempt]:
        """Return its attempts, oldest first."""

    def log(self, job_id: int, *, after: int) -> list[LogLine]:
        """Return the next lines of its log; none: that was all."""

    def files(self, job_id: int) -> list[Artifact]:
        """Return what it attached."""

    def cancel(self, job_id: int) -> None:
        """Ask it to stop."""

    def is_gone(self) -> bool:
        """Say whether what runs the job has ended."""

    def events(self) -> AsyncGenerator[Heard]:
        """Give what is told meanwhile; all of it may be lost."""


class Rows:
    """The rows of this machine's database."""

    def __init__(self, *, redis_url: str, is_gone: Callable[[], bool]) -> None:
        """`redis_url` brings events; `is_gone` says whether what runs the job has ended."""
        self._redis_url = redis_url
        self.is_gone = is_gone

    def job(self, job_id: int) -> JobSnapshot:
        """Return the job as it is."""
        return jobs.get_job(job_id)

    def attempts(self, job_id: int) -> list[Attempt]:
        """Return its attempts."""
        return details.list_attempts(job_id)

    def log(self, job_id: int, *, after: int) -> list[LogLine]:
        """Return the next lines of its log."""
        return details.list_log(job_id, after=after, limit=_LINES)

    def files(self, job_id: int) -> list[Artifact]:
        """Return what it attached."""
        return details.list_artifacts(job_id)

    def cancel(self, job_id: int) -> None:
        """Ask it to stop."""
        cancel(job_id, by=local("terminal"))

    def events(self) -> AsyncGenerator[Heard]:
        """Give what Redis brings."""
        return listen(self._redis_url)


class Follower:
    """Shows a job's log and progress on a screen. Ctrl-C asks the job to stop, a second one leaves it."""

    def __init__(self, job: JobSnapshot, screen: Screen, source: Source) -> None:
        """Follow `job`, whose rows are read from `source`."""
        self.job = job
        self.is_left = False
        """Whether the person left the job alone before it was finished."""
        self._screen = screen
        self._source = source
        self._shown_seq = 0
        self._stopping: asyncio.Task[None] | None = None
        self._told_attempt = 0
        """The failures of the attempts up to this one were told."""

    async def run(self) -> JobSnapshot:
        """Follow until the job is finished, its place is gone or it was left. Returns what the row says then.

        Raises:
            NotFound: it was deleted.
        """
        self._woken = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._note_interrupt)
        hearing = asyncio.create_task(self._hear(), name="events")
        try:
            while not self.is_left:
                await self._look()
                if self.job.state.is_finished or await asyncio.to_thread(self._source.is_gone):
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
                self._woken.clear()
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            if self._stopping is not None:  # left or not, the job is asked
                await asyncio.wait([self._stopping], timeout=_ASKING_SECONDS)
            for task in (hearing, self._stopping):
                if task is not None:
                    await _end(task)
        return self.job

    async def _look(self) -> None:
        """Read the rows: first the job, then its log, so that a finished job's log is whole."""
        try:
            job = await asyncio.to_thread(self._source.job, self.job.id)
            ended = job.attempt if job.state in (State.RETRYING, State.CANCELLED) else job.attempt - 1
            if ended > self._told_attempt:
                self._tell_failures(await asyncio.to_thread(self._source.attempts, job.id), up_to=ended)
            self._take(job)
            while lines := await asyncio.to_thread(self._source.log, self.job.id, after=self._shown_seq):
                self._show_lines(lines)
        except Unavailable as error:
            self._screen.show_note(error.message)

    async def _hear(self) -> None:
        async with contextlib.aclosing(self._source.events()) as heard:
            async for event in heard:
                if isinstance(event, JobChanged | JobsChanged | JobProgressed | JobLogged):
                    self._take_event(event)

    def _take_event(self, event: JobEvent) -> None:
        match event:
            case JobChanged(job=job) if job.id == self.job.id:
                self._woken.set()  # an outcome is shown when its log is read
            case JobsChanged(job_ids=job_ids) if self.job.id in job_ids:
                self._woken.set()
            case JobProgressed(job_id=job_id, attempt=attempt) if job_id == self.job.id:
                if self.job.state is State.RUNNING and attempt == self.job.attempt:
                    self.job = self.job.model_copy(update={"progress": event.progress})
                    self._screen.show(self.job)
            case JobLogged(job_id=job_id, lines=lines) if job_id == self.job.id:
                if lines and lines[0].seq == self._shown_seq + 1:  # else some are missing, and are read from the rows
                    self._show_lines(lines)

    def _take(self, job: JobSnapshot) -> None:
        heard = self.job.progress
        is_behind = heard.at is not None and (job.progress.at is None or job.progress.at < heard.at)
        if job.attempt == self.job.attempt and is_behind:  # the row is written once a second
            job = job.model_copy(update={"progress": heard})
        self.job = job
        self._screen.show(job)

    def _tell_failures(self, attempts: list[Attempt], *, up_to: int) -> None:
        """Tell of failures that did not end the job; who started it tells of the one that did."""
        for attempt in attempts:
            if self._told_attempt < attempt.number <= up_to and attempt.state == "failed" and attempt.error is not None:
                error = attempt.error
                self._screen.say(f"Attempt {attempt.number} failed: {error.type}: {error.message}", "warning")
        self._told_attempt = up_to

    def _show_lines(self, lines: list[LogLine]) -> None:
        for line in lines:
            if line.seq > self._shown_seq:
                self._shown_seq = line.seq
                self._screen.say_line(line)

    def _note_interrupt(self) -> None:
        if self._stopping is not None:
            self.is_left = True
        else:
            self._stopping = asyncio.create_task(self._stop(), name="cancel")
            self._screen.say(f"Job #{self.job.id} is asked to stop. Ctrl-C again leaves it.", "note")
        self._woken.set()

    async def _stop(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._source.cancel, self.job.id)
            except Unavailable as error:
                self._screen.show_note(error.message)
                await asyncio.sleep(LOOK_SECONDS)
            except WrongState:
                return  # it is finished
            except AppError as error:
                self._screen.say(error.message, "error")
                return
            else:
                self._woken.set()
                return


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancel a task until it has ended: while it connects, redis-py may take the first time for a time-out."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_SECONDS)
    await asyncio.gather(task, return_exceptions=True)  # what it raised does not matter any more
