"""The process in which a worker runs one job alone (`app.queue.isolation.pool`). Only workers start it."""

import signal
from multiprocessing.connection import Connection

from app.db import files
from app.db.sql import engine
from app.processes.fork_signals import reset_signals_in_forks
from app.queue import registry
from app.queue.context.log_capture import capture_logging
from app.queue.execution import process_settings
from app.queue.isolation.child import serve
from app.queue.params import sealing
from app.queue.transport import sender
from app.settings import Settings


def run(settings: Settings, *, pipe: int) -> int:
    """Run jobs that come over the pipe with this number, until the worker closes it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # The worker is asked to stop, and says so over the pipe. NOTE: SIG_IGN would pass on to all that jobs start.
        signal.signal(number, lambda _number, _frame: None)
    reset_signals_in_forks()
    assert settings.secret_key is not None
    engine.connect(settings.database_url)
    files.use_folder(settings.data_dir / "files")
    sealing.use_key(settings.secret_key.get_secret_value())
    registry.load(settings.jobs, switched_on=settings.switched_on)
    sender.connect(settings.redis_url)
    capture_logging()
    process_settings.keep()
    serve(Connection(pipe))
    return 0
