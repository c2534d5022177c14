"""The workers and the queues: who runs what, what waits, and what may be asked of both."""

from collections.abc import Callable, Sequence
from typing import Any

from app.db.queries.workers import WorkerStatus
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.queues.acts import pause_queue, resume_queue, show_jobs
from app.pages.queues.queue_list import QueueList
from app.pages.time.durations import plural
from app.pages.widgets.markup import Text, box
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, skeleton
from app.pages.workers.acts import worker_acts
from app.pages.workers.worker_card import WorkerCard


def page(figures: Any, *, ask: Callable[[], object]) -> None:
    """Draw the page.

    Args:
        figures: bindable, with `workers` and `queues` as last read; None until the first reading.
        ask: has them read again soon.
    """
    subscriptions = Subscriptions()
    Text("h1", "Workers and queues", classes="jd-hidden")
    with box("jd-column"):
        workers = WorkerList(ask=ask)
        queues = QueueList(on_pause=pause_queue, on_resume=resume_queue, on_jobs=show_jobs, tells_pace=True)
        queues.bind_queues_from(figures)
    subscriptions.follow(figures, "workers", workers.show)
    subscriptions.add_undo(bridge.subscribe_cards(lambda _: workers.refresh_jobs()))
    ask()


class WorkerList:
    """A card for each worker. Event loop only."""

    def __init__(self, *, ask: Callable[[], object]) -> None:
        """Draw a skeleton; `ask` has the workers read again after an act."""
        self._acts = worker_acts(on_change=ask)
        self._cards: dict[str, WorkerCard] = {}
        with box("jd-panel", tag="section"):
            with panel_head("Workers"):
                self._count = Text("span")
            self._body = box("jd-worker-list")
        with self._body:
            skeleton(lines=4)

    def show(self, workers: Sequence[WorkerStatus] | None) -> None:
        """Draw them; None: they were not read yet."""
        if workers is None:
            return
        if list(self._cards) != [worker.id for worker in workers] or not workers:
            self._draw_anew(workers)
        for worker in workers:
            self._cards[worker.id].show(worker)
        alive = [worker for worker in workers if worker.is_alive]
        threads = sum(worker.threads for worker in alive)
        busy = sum(len(worker.running_job_ids) for worker in alive)
        self._count.set_text(f"{busy} of {plural(threads, 'thread')} busy" if alive else "")

    def refresh_jobs(self) -> None:
        """Draw the progress of what runs anew."""
        for card in self._cards.values():
            card.refresh_jobs()

    def _draw_anew(self, workers: Sequence[WorkerStatus]) -> None:
        self._body.clear()
        with self._body:
            self._cards = {worker.id: WorkerCard(find_job=bridge.live_job, acts=self._acts) for worker in workers}
            if not workers:
                empty("No worker has started yet.", "Jobs wait until one does: `python3 main.py` starts two.")
