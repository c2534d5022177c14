"""A worker process: Dramatiq's worker threads around our kinds, a sweep, and an end in good order."""

import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from dramatiq import Worker

from app.db.sql import engine
from app.processes.connections import connect_with_kinds
from app.processes.fork_signals import reset_signals_in_forks
from app.processes.otlp import switch as otlp
from app.processes.supervision.lifeline import STATUS_ANEW, end_when_stuck
from app.processes.supervision.shape_watch import ShapeWatch
from app.processes.supervision.spare_memory import keep_giving_back
from app.queue import registry
from app.queue.context.log_capture import capture_logging
from app.queue.execution import process_settings
from app.queue.execution.process_settings import Beginning
from app.queue.isolation.pool import IsolationPool
from app.queue.repair.sweep import Sweep
from app.queue.transport import sender
from app.queue.worker import broker
from app.queue.worker.worker import WorkerLife
from app.settings import Settings

IDLE_MILLISECONDS = 60_000
"""The longest that an idle thread sleeps; a job wakes it at once, and so does the worker's end."""
THREADS_STOP_MILLISECONDS = 1500
STUCK_SECONDS = 90.0
"""A worker one of whose threads lets no other run for so long is ended and replaced; its jobs run elsewhere."""
_MAIN = Path(__file__).parents[2] / "main.py"
_log = logging.getLogger(__name__)


def run(settings: Settings, *, name: str) -> int:
    """Run jobs until SIGTERM or SIGINT; running ones get their grace time, then go back to the queue. Returns the
    exit status.

    A thread that cannot be interrupted does not hold up the end: the process is left without waiting for it.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    reset_signals_in_forks()
    assert settings.redis_url is not None
    beginning = _beginning_of_children(settings)
    connect_with_kinds(settings)
    otlp.begin(name)
    capture_logging()
    is_spent = threading.Event()

    def be_replaced() -> None:
        is_spent.set()
        stopping.set()

    logging.getLogger("dramatiq.worker.WorkerThread").setLevel(logging.CRITICAL)  # outcomes are logged by `JobState`
    process_settings.keep(on_stuck=be_replaced)
    end_when_stuck(STUCK_SECONDS)
    shape = ShapeWatch(stopping.set)

    life = WorkerLife(
        name=name,
        client=sender.redis_client(settings.redis_url),
        pool=IsolationPool(
            [sys.executable, str(_MAIN), "isolated"],
            beginning=beginning,
            starts_at_once=max(1, _processors() // settings.worker_processes),
        ),
        on_spent=be_replaced,
        on_stop_asked=be_replaced,
    )
    connected = broker.connect(settings.redis_url, life=life)
    worker = Worker(connected, worker_threads=settings.worker_threads, worker_timeout=IDLE_MILLISECONDS)
    worker.start()
    sweep = Sweep(room_made=life.room_made)
    sweep.start()
    shape.start()
    keep_giving_back()
    _log.info("Worker %s is ready: %d threads, queues %s.", name, settings.worker_threads, ", ".join(registry.queues))
    stopping.wait()
    sweep.stop()
    broker.end_threads(worker)
    life.wind_down()
    worker.stop(timeout=THREADS_STOP_MILLISECONDS)
    life.stop()
    otlp.end()
    engine.disconnect()
    logging.shutdown()
    os._exit(STATUS_ANEW if is_spent.is_set() else shape.status)


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _beginning_of_children(settings: Settings) -> Beginning:
    """Return with what the processes of isolated jobs begin: as this one did, with job files by their full paths."""
    now = Beginning.now()
    told = settings.model_copy(update={"jobs": settings.absolute_jobs})
    return replace(now, variables={**now.variables, **told.environment()})
