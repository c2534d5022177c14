"""The workers: which are alive, and how much of each is busy."""

from collections.abc import Sequence
from typing import Any, Self, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from
from nicegui.element import Element

from app.db.queries.workers import WorkerStatus
from app.pages.time.durations import duration, plural
from app.pages.widgets.markup import Text, box
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, skeleton


class WorkerTiles(ui.card):
    """A tile for each worker. `workers` is bindable; None draws a skeleton."""

    workers = BindableProperty(on_change=lambda sender, workers: cast("WorkerTiles", sender)._draw(workers))

    def __init__(self, workers: Sequence[WorkerStatus] | None = None) -> None:
        """Draw the card; tiles come and go with the workers."""
        super().__init__()
        self.classes(replace="jd-panel")
        self._tiles: dict[str, _Tile] = {}
        with self:
            with panel_head("Workers"):
                self._busy = Text("span")
            self._body = box("jd-workers")
        self.workers = workers
        self._draw(workers)

    def bind_workers_from(self, source: Any, name: str = "workers") -> Self:
        """Follow the bindable property `name` of `source`."""
        bind_from(self, "workers", source, name)
        return self

    def _draw(self, workers: Sequence[WorkerStatus] | None) -> None:
        if workers is None:
            with self._body:
                skeleton(lines=2)
            return
        if list(self._tiles) != [worker.id for worker in workers] or not workers:
            self._body.clear()
            with self._body:
                self._tiles = {worker.id: _Tile() for worker in workers}
                if not workers:
                    empty("No worker has started yet.", "Jobs wait until one does.")
        for worker in workers:
            self._tiles[worker.id].show(worker)
        alive = [worker for worker in workers if worker.is_alive]
        threads = sum(worker.threads for worker in alive)
        self._busy.set_text(
            f"{sum(len(worker.running_job_ids) for worker in alive)} of {plural(threads, 'thread')} busy"
            if alive
            else ""
        )


class _Tile(Element):
    """One worker: name, a dot for each thread, and what it does in words."""

    def __init__(self) -> None:
        super().__init__("div")
        self.classes("jd-worker")
        with self:
            with box("jd-worker__head"):
                self._name = Text("b")
                self._dots = Text("span", classes="jd-worker__dots")
            self._words = Text("span", classes="jd-worker__words")
            self._abandoned = Text("p", classes="jd-worker__abandoned")

    def show(self, worker: WorkerStatus) -> None:
        """Draw a worker; sends only what changed."""
        busy = len(worker.running_job_ids)
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
        self._dots.set_text(_dots(worker) if worker.threads < 9 else "")


def _dots(worker: WorkerStatus) -> str:
    """Draw a sign for each slot: busy, free, abandoned."""
    abandoned = min(worker.abandoned_threads, worker.threads)
    busy = min(len(worker.running_job_ids), worker.threads - abandoned)
    return "●" * busy + "○" * (worker.threads - busy - abandoned) + "◌" * abandoned


def _abandoned(number: int) -> str:
    if not number:
        return ""
    whose = "its job" if number == 1 else "their jobs"
    themselves = "itself" if number == 1 else "themselves"
    said = f"{plural(number, 'slot')} abandoned: {whose} did not let {themselves} be interrupted"
    return f"{said}; the worker is replaced when its other jobs are done."
