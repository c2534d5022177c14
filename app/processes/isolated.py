"""The process of its own in which a worker runs one job at a time (`app.queue.isolation`). Started by workers only."""

import signal
from multiprocessing.connection import Connection

from app.db import engine, files
from app.queue import broker, registry, secrets
from app.queue.cell_work import serve
from app.queue.run import capture_logging
from app.settings import Settings


def run(settings: Settings, *, pipe: int) -> int:
    """Run jobs that come over the pipe with this number, until the worker closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker is asked to stop, and says so over the pipe
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert settings.secret_key is not None
    engine.connect(settings.database_url)
    files.use_folder(settings.data_dir / "files")
    secrets.use_key(settings.secret_key.get_secret_value())
    registry.load(settings.jobs, switched_on=settings.switched_on)
    broker.connect(settings.redis_url)
    capture_logging()
    serve(Connection(pipe))
    return 0
