"""Where a job that is started in a terminal runs: in the instance on the data folder, or in one started for it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.db import migrations
from app.db.queries import workers
from app.db.sql import engine
from app.errors import AppError
from app.processes.connections import connect
from app.processes.launch import GRACE_SECONDS, grace_seconds, make_database
from app.processes.supervision import instance
from app.processes.supervision.instance import Instance, Whereabouts
from app.processes.supervision.supervisor import StartFailed
from app.processes.supervision.valkey import private_valkey
from app.settings import Settings
from app.settings.data_folder import prepare_data_dir, with_secret_key

_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_MAIN = Path(__file__).parents[3] / "main.py"
_LOG_FILE = "start.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What runs the job."""

    settings: Settings
    """Those of this process, with the addresses and the key of the place."""
    whereabouts: Whereabouts | None
    """The instance on the data folder; None: workers of a larger installation."""
    is_ours: bool = False
    """Whether it was started for this job, and ends with this command."""
    runs_jobs: bool = True
    """If not, what is started waits for the next start of Jobdeck."""
    is_left: threading.Event = field(default_factory=threading.Event)
    """To be set where the person does not wait for the job: what is ours ends at once, without its grace time."""

    @property
    def url(self) -> str | None:
        """Where its page is, if it has one."""
        return self.whereabouts.url if self.whereabouts else None

    def is_gone(self) -> bool:
        """Say whether it has ended: the job waits for the next one."""
        if self.whereabouts is None:
            return False
        found = instance.find(self.settings.data_dir)
        return found is None or found.pid != self.whereabouts.pid


def find_instance(settings: Settings) -> Whereabouts | None:
    """Return the instance on the data folder once it is ready; None if there is none.

    Raises:
        StartFailed: it is starting and does not become ready.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while (found := instance.find(settings.data_dir)) is not None and found.redis_url is None:
        if time.monotonic() > deadline:
            raise StartFailed(f"The instance on {settings.data_dir} (process {found.pid}) does not become ready.")
        time.sleep(_LOOK_SECONDS)
    return found


@contextmanager
def a_place(settings: Settings, *, starts: bool) -> Iterator[Place]:
    """Connect this process to what runs jobs. Where nothing does, start it and stop it at the end if `starts`.

    Raises:
        StartFailed: it could not be started.
        AlreadyRunning: an instance was started just now.
    """
    prepare_data_dir(settings.data_dir)
    found = find_instance(settings)
    if found is not None:
        yield _connected(Place(settings=_told_by(found, settings), whereabouts=found))
    elif _has_workers(settings):
        yield _connected(Place(settings=settings, whereabouts=None))
    else:
        with _temporary(settings) if starts else _database_alone(settings) as place:
            yield _connected(place)


@contextmanager
def _database_alone(settings: Settings) -> Iterator[Place]:
    """Give a place where what is started waits for the next start of Jobdeck."""
    held = Instance(settings.data_dir)
    try:
        settings = with_secret_key(settings)
        make_database(settings)
        migrations.upgrade(settings.database_url)
        # Nobody listens there: the job stays unsent in its row, and the sweep of the next worker sends it.
        redis_url = settings.redis_url or private_valkey(settings.data_dir).url
        settings = settings.model_copy(update={"redis_url": redis_url})
        yield Place(settings=settings, whereabouts=None, runs_jobs=False)
    finally:
        held.release()


def _connected(place: Place) -> Place:
    connect(place.settings)
    return place


def _told_by(found: Whereabouts, settings: Settings) -> Settings:
    told = {"redis_url": found.redis_url, "database_url": found.database_url or settings.database_url}
    return with_secret_key(settings.model_copy(update=told))


def _has_workers(settings: Settings) -> bool:
    """Say whether workers of a larger installation run the jobs of this database."""
    if settings.redis_url is None or settings.secret_key is None or not settings.is_given("database_url"):
        return False
    engine.connect(settings.database_url)
    try:
        return any(worker.is_alive for worker in workers.workers())
    except AppError:
        return False


@contextmanager
def _temporary(settings: Settings) -> Iterator[Place]:
    """Start an instance without a page in a process of its own; a Ctrl-C in this terminal does not reach it."""
    log = settings.data_dir / _LOG_FILE
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(_MAIN), "temporary"],
            env={**inherited, "PYTHONUNBUFFERED": "1", **settings.environment()},
            stdin=subprocess.PIPE,  # its lifeline: it ends when this process is gone
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    is_left = threading.Event()
    try:
        found = _wait_for_start(process, settings, log)
        settings = _told_by(found, settings)
        migrations.upgrade(settings.database_url)
        yield Place(settings=settings, whereabouts=found, is_ours=found.pid == process.pid, is_left=is_left)
    finally:
        _end(process, at_once=is_left.is_set())


def _wait_for_start(process: "subprocess.Popen[bytes]", settings: Settings, log: Path) -> Whereabouts:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        has_ended = process.poll() is not None
        found = instance.find(settings.data_dir)
        if found is not None and found.redis_url is not None:
            return found  # perhaps another one, which was quicker
        if found is None and has_ended:
            said = log.read_text("utf-8", "replace").strip().splitlines()
            why = said[-1] if said else "`python3 main.py doctor` says more."  # a full disk takes no word
            raise StartFailed(f"A worker for the job could not be started. {why}")
        if time.monotonic() > deadline:
            raise StartFailed(f"A worker for the job was not ready after {_READY_SECONDS:.0f} s; see {log}.")
        time.sleep(_LOOK_SECONDS)


def _end(process: "subprocess.Popen[bytes]", *, at_once: bool) -> None:
    process.terminate()
    deadline = time.monotonic() + grace_seconds("worker") + GRACE_SECONDS
    while True:
        try:
            process.wait(timeout=_LOOK_SECONDS if at_once else deadline - time.monotonic())
        except KeyboardInterrupt:
            at_once = True
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                process.kill()
            process.send_signal(signal.SIGINT)  # once it stops it hurries at this, see supervisor.py
        else:
            break
    assert process.stdin is not None
    process.stdin.close()
