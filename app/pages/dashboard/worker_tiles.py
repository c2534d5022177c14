"""The workers: which are alive, and how much of each is busy."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from nicegui.binding import BindableProperty, bind_from

from app.db.queries.workers import WorkerStatus
from app.pages.time.durations import duration, plural
from app.pages.widgets.markup import Panel, Plain, Text, box
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, skeleton


def busy_of(workers: Sequence[WorkerStatus], running_on: Mapping[int, str]) -> Mapping[str, int]:
    """Count the busy threads of each worker that lives, by its id: what the cards show, not what a reading found.

    Args:
        workers: as last read; where two have one name, what they ran then tells them apart.
        running_on: job id → the name of its worker, at the moment in which the cards were told.
    """
    alive = [worker for worker in workers if worker.is_alive]
    read = {(job_id, worker.name): worker.id for worker in alive for job_id in worker.running_job_ids}
    named = {worker.name: worker.id for worker in alive}
    return Counter(read.get((job_id, name), named.get(name, "")) for job_id, name in running_on.items())


def busy_words(workers: Sequence[WorkerStatus], running_on: Mapping[int, str]) -> str:
    """Say how many threads are busy, of all that live: "2 of 8 threads busy"."""
    busy, alive = busy_of(workers, running_on), [worker for worker in workers if worker.is_alive]
    threads = sum(worker.threads for worker in alive)
    return f"{sum(busy[worker.id] for worker in alive)} of {plural(threads, 'thread')} busy"


class WorkerTiles(Panel):
    """A tile for each worker. `workers` is bindable; None draws a skeleton. `running_on`, too (`busy_of`)."""

    workers = BindableProperty(on_change=lambda sender, _: cast("WorkerTiles", sender)._draw())
    running_on = BindableProperty(on_change=lambda sender, _: cast("WorkerTiles", sender)._draw())

    def __init__(self, figures: Any, running: Any) -> None:
        """Draw the card; tiles come and go with the workers.

        Args:
            figures: bindable, with `workers`.
            running: bindable, with `workers`: where the running jobs run.
        """
        super().__init__("jd-panel jd-dashboard__workers")
        self._tiles: dict[str, _Tile] = {}
        with self:
            with panel_head("Workers"):
                self._busy = Text("span")
            self._body = box("jd-workers")
        self.running_on, self.workers = running.workers, figures.workers
        bind_from(self, "running_on", running, "workers")
        bind_from(self, "workers", figures, "workers")
        if self.workers is None:
            with self._body:
                skeleton(lines=2)

    def _draw(self) -> None:
        workers = self.workers
        if workers is None:
            return
        if list(self._tiles) != [worker.id for worker in workers] or not workers:
            self._body.clear()
            with self._body:
                self._tiles = {worker.id: _Tile() for worker in workers}
                if not workers:
                    empty("No worker has started yet.", "Jobs wait until one does.")
        busy = busy_of(workers, self.running_on)
        for worker in workers:
            self._tiles[worker.id].show(worker, busy=busy[worker.id])
        self._busy.set_text(busy_words(workers, self.running_on) if any(worker.is_alive for worker in workers) else "")


class _Tile(Plain):
    """One worker: name, a dot for each thread, and what it does in words."""

    def __init__(self) -> None:
        super().__init__("div", classes="jd-worker")
        with self:
            with box("jd-worker__head"):
                self._name = Text("b")
                self._dots = Text("span", classes="jd-worker__dots")
            self._words = Text("span", classes="jd-worker__words")
            self._abandoned = Text("p", classes="jd-worker__abandoned")

    def show(self, worker: WorkerStatus, *, busy: int) -> None:
        """Draw a worker; sends only what changed. `busy`: how many of its threads."""
        state = "silent" if not worker.is_alive else "busy" if busy else "idle"
        words = f"{busy} of {worker.threads} busy" if busy else "idle"
        if self.props.get("data-state") != state:
            self.props["data-state"] = state
        self._name.set_text(worker.name)
        if worker.is_alive:
            self._words.set_text(words if worker.takes_jobs else f"{words}, takes no more jobs")
        else:
            self._words.set_text(f"not heard for {duration(worker.seen_seconds_ago // 10 * 10)}")
        self._abandoned.set_text(_abandoned(worker.abandoned_threads) if worker.is_alive else "")
        title = f"Process {worker.pid} on {worker.machine}; queues: {', '.join(worker.queues)}"
        if self.props.get("title") != title:
            self.props["title"] = title
        self._dots.set_text(_dots(worker, busy) if worker.threads < 9 else "")


def _dots(worker: WorkerStatus, busy: int) -> str:
    """Draw a sign for each slot: busy, free, abandoned."""
    abandoned = min(worker.abandoned_threads, worker.threads)
    busy = min(busy, worker.threads - abandoned)
    return "●" * busy + "○" * (worker.threads - busy - abandoned) + "◌" * abandoned


def _abandoned(number: int) -> str:
    if not number:
        return ""
    whose = "its job" if number == 1 else "their jobs"
    themselves = "itself" if number == 1 else "themselves"
    said = f"{plural(number, 'slot')} abandoned: {whose} did not let {themselves} be interrupted"
    return f"{said}; the worker is replaced when its other jobs are done."
