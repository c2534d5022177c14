"""What is asked of workers and queues from their page; what is refused is told in a sentence."""

from collections.abc import Callable
from functools import partial

from app.db.queries.workers import WorkerStatus
from app.pages.jobs.acts import carry_out
from app.pages.jobs.reader import reader
from app.pages.widgets.dialog import ask_first
from app.pages.widgets.toast import toast
from app.pages.workers.worker_card import WorkerActs
from app.queue.acts import workers
from app.queue.acts.workers import Worker


def worker_acts(*, on_change: Callable[[], object]) -> WorkerActs:
    """Return the acts on a worker; `on_change` is called when one was carried out. Event loop only."""

    async def ask(act: Callable[..., Worker], worker: WorkerStatus, done: str) -> None:
        if await carry_out(partial(act, by=reader()), worker.id) is not None:
            toast(f"{worker.name} {done}")
        on_change()

    async def quiet(worker: WorkerStatus) -> None:
        await ask(workers.quiet, worker, "takes no more jobs. Those that run go on.")

    async def resume(worker: WorkerStatus) -> None:
        await ask(workers.resume, worker, "takes jobs again.")

    def stop(worker: WorkerStatus) -> None:
        ask_first(
            f"Stop {worker.name}?",
            _loss(worker),
            act="Stop",
            on_sure=lambda: ask(workers.stop, worker, "is asked to stop."),
        )

    return WorkerActs(quiet=quiet, resume=resume, stop=stop)


def _loss(worker: WorkerStatus) -> str:
    number = len(worker.running_job_ids)
    jobs = "It runs no job now."
    if number:
        jobs = f"Its {'job gets its' if number == 1 else f'{number} jobs get their'} grace time, then "
        jobs += f"{'goes' if number == 1 else 'go'} back to the queue and {'begins' if number == 1 else 'begin'} anew."
    return f"{jobs} Another process takes its place."
