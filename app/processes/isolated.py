"""The process in which a worker runs one job alone (`app.queue.isolation.pool`). Only workers start it."""

import logging
import signal
import threading
from multiprocessing.connection import Connection

from app.processes.connections import connect_with_kinds
from app.processes.fork_signals import reset_signals_in_forks
from app.queue.context.log_capture import capture_logging
from app.queue.execution import process_settings
from app.queue.isolation.child import serve
from app.settings import Settings


def run(settings: Settings, *, pipe: int) -> int:
    """Run jobs that come over the pipe with this number, until the worker closes it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # The worker is asked to stop, and says so over the pipe. NOTE: SIG_IGN would pass on to all that jobs start.
        signal.signal(number, lambda _number, _frame: None)
    reset_signals_in_forks()
    logging.getLogger("app.queue.kinds.registry").setLevel(logging.CRITICAL)  # its worker's machine was told once
    connect_with_kinds(settings)
    capture_logging()
    is_spent = threading.Event()
    process_settings.keep(on_stuck=is_spent.set)
    serve(Connection(pipe), is_spent=is_spent)
    return 0
