"""What all tests share: a fresh database, the queue's room without Redis, and a worker inside this process."""

import gc
import logging
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from dramatiq import Worker
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from sqlalchemy import Engine
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from app.auth import passwords
from app.db import files, migrations
from app.db.sql import engine
from app.queue import registry
from app.queue.context.log_capture import capture_logging
from app.queue.events.publisher import witness
from app.queue.events.types import JobEvent
from app.queue.execution import process_settings
from app.queue.params import sealing
from app.queue.repair import sweep as sweep_module
from app.queue.repair.sweep import Sweep
from app.queue.transport import sender
from app.queue.worker import broker, consumer, stop_requests
from app.queue.worker.worker import WorkerLife
from tests import turn
from tests.patience import patient
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[1]
BROWSER = "tests/browser/"
END_TO_END = "tests/e2e/"
CLIENT_SECONDS = 120.0
SHARED_INSTANCE = "tests/e2e/ on the shared instance"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch of `make test-postgresql` and `make check`.

    NOTE: e2e/conftest.py reads it; its own would come too late.
    """
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], help="run the tests that could run on both on this one alone"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked `both_databases`, and uses one, on each of them."""
    marks = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    is_on_both = metafunc.definition.get_closest_marker("both_databases") is not None
    if is_on_both and "database" in metafunc.fixturenames and "database" not in marks:
        asked_for = metafunc.config.getoption("--database")
        metafunc.parametrize("database", [asked_for] if asked_for else ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs PostgreSQL where SQLite alone is asked for: a server takes seconds to start."""
    if config.getoption("--database") != "sqlite":
        return
    left_out = {item for item in items if isinstance(item, pytest.Function) and _needs_postgresql(item)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _needs_postgresql(item: pytest.Function) -> bool:
    given = item.callspec.params.get("database") if hasattr(item, "callspec") else None
    return given == "postgresql" or bool({"postgresql", "own_server"} & set(item.fixturenames))


class Together(LoadFileScheduling):  # type: ignore[misc]  # it is untyped
    """Keeps the tests of a file in one process, and all that use a browser: two browsers are too much for two cores.

    So are six instances that stand idle: those of `tests/e2e` that share one stay together, too.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        if file.startswith(BROWSER):
            return BROWSER
        return SHARED_INSTANCE if file.startswith(END_TO_END) and _shares_instance(file) else file


@cache
def _shares_instance(file: str) -> bool:
    """Say whether tests of a file take the instance that `tests/e2e/conftest.py` starts once for all."""
    return re.search(r"\b(instance|mended): Instance\b", (ROOT / file).read_text()) is not None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Choose it for runs in several processes."""
    return Together(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what failed at first, whole, where a test was run once more: it is to be mended, too."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"failed at first: {report.nodeid}")
        report.toterminal(terminalreporter._tw)


def pytest_configure() -> None:
    """Let clients that name no time limit wait longer than the 5 s of httpx, which a busy machine needs."""
    waits = DEFAULT_TIMEOUT_CONFIG  # the object that all share who name none
    waits.connect = waits.read = waits.write = waits.pool = CLIENT_SECONDS


def pytest_collection_finish() -> None:
    """Leave what was collected alone: NiceGUI's test client runs the garbage collector twice for each test."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin no test shortly before an hour begins."""
    turn.let_pass()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Put `logging` back: a command that a test calls in this process sets it up for a process of its own."""
    result = yield
    root = logging.getLogger()
    logging.disable(logging.NOTSET)
    root.setLevel(logging.WARNING)
    for logger in root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    return result


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_nothing() -> Iterator[None]:
    """Hash passwords in no time: as they are kept, each takes 64 MB and a tenth of a second of a core."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: cheap)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of the newest shape, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "jobdeck.db"
    migrations.upgrade(f"sqlite:///{path}")
    engine.disconnect()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_on_postgresql(postgresql: PostgresServer) -> str:
    """A database of the newest shape on PostgreSQL, to be emptied and used again: a copy takes 0.2 s each time."""
    url = postgresql.create("migrated")
    migrations.upgrade(url)
    engine.disconnect()
    return url


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database that this process is connected to: its address. SQLite, or what the test asks for."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url: str = request.getfixturevalue("migrated_on_postgresql")
        request.getfixturevalue("postgresql").empty(url)
    else:
        path = tmp_path / "jobdeck.db"
        shutil.copy(request.getfixturevalue("migrated"), path)
        url = f"sqlite:///{path}"
    engine.connect(url)
    _share_what_is_compiled()
    yield url
    engine.disconnect()


_first: dict[str, tuple[Engine, Engine]] = {}
"""The first engines of this process, one to read and one to write, by the name of the database."""


def _share_what_is_compiled() -> None:
    """Give the engines of a test what SQLAlchemy has compiled for the tests before.

    It keeps that by engine and dialect. Each test has new ones, and would spend a third of its time on the same SQL.
    """
    new = (engine.engine(), engine.writer())
    first = _first.get(new[0].dialect.name)
    if first is None:
        with new[0].connect(), new[1].connect():
            pass  # the dialect learns the server's version
        _first[new[0].dialect.name] = new
        return
    for each, kept in zip(new, first, strict=True):
        each.dialect, each._compiled_cache = kept.dialect, kept._compiled_cache


@pytest.fixture
def room(database: str, tmp_path: Path) -> Iterator[Path]:
    """The queue without Redis and without kinds: jobs can be started, nothing runs them. Gives the data folder."""
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    with registry.isolated():
        sender.connect(None)
        yield tmp_path


@pytest.fixture
def run_worker(room: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., WorkerLife]]:
    """Start a worker with a sweep in this process, after the test has declared its kinds."""
    monkeypatch.setattr(consumer, "WAIT_SECONDS", 0.02)  # how often it looks whether it stops
    monkeypatch.setattr(stop_requests, "READ_SECONDS", 0.1)  # no Redis brings them at once
    monkeypatch.setattr(sweep_module, "SWEEP_SECONDS", 0.2)
    end_capture = capture_logging()
    stops: list[Callable[[], object]] = []

    def run(*, threads: int = 2) -> WorkerLife:
        end_keeping = process_settings.keep()
        life = WorkerLife(name="worker-1", client=None)
        worker = Worker(broker.connect(None, life=life), worker_threads=threads, worker_timeout=20)
        worker.start()
        sweep = Sweep(room_made=life.room_made)
        sweep.start()
        stops.extend((sweep.stop, lambda: worker.stop(timeout=round(patient(2) * 1000)), life.stop, end_keeping))
        return life

    yield run
    for stop in [*stops, end_capture]:
        stop()


@pytest.fixture
def told() -> Iterator[list[JobEvent]]:
    """What the screens are told, in order."""
    heard: list[JobEvent] = []
    undo = witness(heard.append)
    yield heard
    undo()
