"""What all tests share: a fresh database, the queue's room without Redis, and a worker inside this process."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dramatiq import Worker

from app.db import engine, files, migrations
from app.queue import broker, registry, secrets
from app.queue.events import JobEvent, witness
from app.queue.run import capture_logging
from app.queue.sweep import Sweep
from app.queue.worker_life import WorkerLife


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest shape, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "jobdeck.db"
    migrations.upgrade(f"sqlite:///{path}")
    engine.disconnect()
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[Path]:
    """An empty database that this process is connected to."""
    path = tmp_path / "jobdeck.db"
    shutil.copy(migrated, path)
    engine.connect(f"sqlite:///{path}")
    yield path
    engine.disconnect()


@pytest.fixture
def room(database: Path, tmp_path: Path) -> Iterator[Path]:
    """The queue without Redis and without kinds: jobs can be started, nothing runs them. Gives the data folder."""
    files.use_folder(tmp_path / "files")
    secrets.use_key("k" * 32)
    with registry.isolated():
        broker.connect(None)
        yield tmp_path


@pytest.fixture
def run_worker(room: Path) -> Iterator[Callable[..., WorkerLife]]:
    """Start a worker with a sweep in this process, after the test has declared its kinds."""
    handler = capture_logging()
    stops: list[Callable[[], object]] = [lambda: logging.getLogger().removeHandler(handler)]

    def run(*, threads: int = 2) -> WorkerLife:
        life = WorkerLife(name="worker-1", client=None)
        worker = Worker(broker.connect(None, life=life), worker_threads=threads, worker_timeout=20)
        worker.start()
        sweep = Sweep()
        sweep.start()
        stops.extend((sweep.stop, lambda: worker.stop(timeout=2000), life.stop))
        return life

    yield run
    for stop in stops:
        stop()


@pytest.fixture
def told() -> Iterator[list[JobEvent]]:
    """What the screens are told, in order."""
    heard: list[JobEvent] = []
    undo = witness(heard.append)
    yield heard
    undo()
