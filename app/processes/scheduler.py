"""The scheduler process: APScheduler as the clock of the sweep and of the housekeeping. It runs no jobs."""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.db import engine, files
from app.db.engine import now
from app.errors import Unavailable
from app.queue import broker, registry
from app.queue.heartbeat import Heartbeat
from app.queue.sweep import SWEEP_SECONDS, Sweep
from app.settings import Settings

UPLOADS_KEPT = timedelta(days=2)
"""An upload that no unfinished job names is kept this long, for a retry with the same file."""
HOUSEKEEPING_MINUTES = 10
_log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Tick until SIGTERM or SIGINT. Returns the exit status."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    assert settings.redis_url is not None
    engine.connect(settings.database_url)
    files.use_folder(settings.data_dir / "files")
    registry.load(settings.jobs)
    broker.connect(settings.redis_url)
    heartbeat = Heartbeat(role="scheduler", name="scheduler")
    heartbeat.start()
    clock = _clock(Sweep())
    clock.start()
    _log.info("The scheduler is ready.")
    stopping.wait()
    clock.shutdown(wait=True)
    heartbeat.stop()
    engine.disconnect()
    return 0


def _clock(sweep: Sweep) -> BackgroundScheduler:
    # A tick that comes late is still wanted, once: APScheduler's default would drop it after one second.
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    clock = BackgroundScheduler(executors={"default": ThreadPoolExecutor(2)}, job_defaults=defaults, timezone="UTC")
    clock.add_job(_guarded, "interval", seconds=SWEEP_SECONDS, args=(sweep.tick, "The sweep"))
    clock.add_job(_guarded, "interval", minutes=HOUSEKEEPING_MINUTES, args=(_keep_house, "The housekeeping"))
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # else it tells each tick
    return clock


def _keep_house() -> None:
    removed = files.remove_stale_uploads(before=now() - UPLOADS_KEPT)
    if removed:
        _log.info("%d uploads that no job needs were removed.", removed)


def _guarded(act: Callable[[], None], name: str) -> None:
    try:
        act()
    except Unavailable as error:
        _log.warning("%s waits: %s", name, error.message)
    except Exception:
        _log.exception("%s met an error and goes on.", name)
