"""One worker: whether it takes jobs, what it needs, what each of its threads runs, and its acts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from app.db import Asked, JobSnapshot
from app.db.queries.workers import WorkerStatus
from app.pages.jobs.reader import close_to_others
from app.pages.time.clock import Clock
from app.pages.time.durations import duration, plural, size
from app.pages.widgets.markup import Link, Plain, Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.rights import Act as RightTo

FindJob = Callable[[int], JobSnapshot | None]
Act = Callable[[WorkerStatus], Awaitable[None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerActs:
    """What may be asked of a worker; each is called with it."""

    quiet: Act
    resume: Act
    stop: Act


class WorkerCard(Plain):
    """A worker of the page. Event loop only."""

    def __init__(self, *, find_job: FindJob, acts: WorkerActs) -> None:
        """Draw nothing yet; `find_job` gives a running job by its id."""
        super().__init__("article", classes="jd-worker-card")
        self._find_job = find_job
        self._worker: WorkerStatus | None = None
        self._lines: dict[int, _JobLine] = {}
        with self:
            with box("jd-worker-card__head"):
                self._name = Text("h3", classes="jd-worker-card__name")
                self._state = Text("span", classes="jd-worker-card__state")
                with box("jd-worker-card__acts"):
                    self._quiet = self._button("Quiet", acts.quiet)
                    self._resume = self._button("Resume", acts.resume)
                    self._stop = self._button("Stop…", acts.stop)
            self._words = Text("p", classes="jd-worker-card__words")
            with box("jd-worker-card__facts"):
                self._place = Text("span")
                with box(tag="span"):
                    Text("span", "up for ")
                    self._since = Clock(None, mode="duration")
            self._jobs = box("jd-worker-card__jobs", tag="ul")

    def show(self, worker: WorkerStatus) -> None:
        """Draw the worker; sends only what changed."""
        self._worker = worker
        name_for_tests(self, f"worker-{worker.name}")
        tone, state = state_of(worker)
        self.props["data-state"] = tone
        self._name.set_text(worker.name)
        self._state.set_text(state)
        self._words.set_text(needs(worker))
        self._place.set_text(f"process {worker.pid} on {host_of(worker)} · listens to {', '.join(worker.queues)}")
        self._since.set_time(worker.started_at)
        for button, act, label, is_wanted in (
            (self._quiet, "quiet", f"Quiet {worker.name}: take no more jobs", worker.takes_jobs),
            (self._resume, "resume", f"Resume {worker.name}: take jobs again", worker.asked is Asked.QUIET),
            (self._stop, "stop", f"Stop… {worker.name}", worker.asked is not Asked.STOP),
        ):
            button.props["aria-label"] = label
            name_for_tests(button, f"{act}-{worker.name}")
            if button.visible != (is_wanted and worker.is_alive):
                button.visible = is_wanted and worker.is_alive
        self._show_jobs(worker.running_job_ids)

    def refresh_jobs(self) -> None:
        """Draw the progress of its jobs anew."""
        for job_id, line in self._lines.items():
            line.show(self._find_job(job_id))

    def _show_jobs(self, job_ids: list[int]) -> None:
        for job_id in [known for known in self._lines if known not in job_ids]:
            self._lines.pop(job_id).delete()
        with self._jobs:
            for job_id in job_ids:
                if job_id not in self._lines:
                    self._lines[job_id] = _JobLine(job_id)
        self.refresh_jobs()

    def _button(self, label: str, act: Act) -> ui.button:
        def press() -> Awaitable[None] | None:
            return act(self._worker) if self._worker is not None else None

        button = on_press(ui.button(label, color=None), press).props("unelevated no-caps")
        close_to_others(button, RightTo.WORKERS)
        return button.classes("jd-button jd-button--secondary")


class _JobLine(Plain):
    """One job that a thread runs: its title, how far it is, since when."""

    def __init__(self, job_id: int) -> None:
        super().__init__("li", classes="jd-worker-card__job")
        with self:
            with Link(target=f"/jobs/{job_id}", classes="jd-worker-card__title"):
                self._title = Text("span", f"Job #{job_id}")
            self._progress = Text("span", classes="jd-worker-card__progress")
            self._clock = Clock(None, mode="duration")

    def show(self, job: JobSnapshot | None) -> None:
        """Draw what is known of the job; an unknown one keeps what was drawn."""
        if job is None:
            return
        self._title.set_text(f"{job.title} #{job.id}")
        ratio = job.progress.ratio
        self._progress.set_text("stopping" if job.is_stopping else "" if ratio is None else f"{ratio:.0%}")
        self._clock.set_time(job.started_at)


def state_of(worker: WorkerStatus) -> tuple[str, str]:
    """Return the tone of a worker's state, for the style sheet, and the state in words."""
    if not worker.is_alive:
        return "silent", f"not heard for {duration(worker.seen_seconds_ago // 10 * 10)}"
    if worker.asked is Asked.STOP:
        return "quiet", f"stopping, asked by {worker.asked_by}"
    if worker.asked is Asked.QUIET:
        return "quiet", f"quiet, asked by {worker.asked_by}"
    return ("busy", "running") if worker.running_job_ids else ("idle", "idle")


def host_of(worker: WorkerStatus) -> str:
    """Return the name of a worker's machine; what follows it tells boots and containers of one name apart."""
    return worker.machine.partition("/")[0]


def needs(worker: WorkerStatus) -> str:
    """Say how much of its threads and of the machine's memory a worker uses."""
    parts = [f"{len(worker.running_job_ids)} of {plural(worker.threads, 'thread')} busy"]
    if worker.abandoned_threads:
        parts.append(f"{worker.abandoned_threads} abandoned")
    parts.append(f"{worker.busy_ratio:.0%} used in the last minute")
    if worker.memory_bytes is not None:
        parts.append(f"{size(worker.memory_bytes)} of memory")
    return " · ".join(parts)
