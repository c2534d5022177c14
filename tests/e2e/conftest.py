"""Instances of the real thing, for tests that leave theirs well, and for tests that need one of their own.

On which database they are is decided here: SQLite, both for tests that are marked `both_databases`, or the one that
`--database` names. A test says why it is nothing for PostgreSQL, by the mark `not_on_postgresql`, or runs there too.
"""

import contextlib
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from app.processes.supervision.valkey import private_valkey
from tests.e2e.databases import NewDatabase
from tests.e2e.folder import Folder
from tests.e2e.instance import Instance
from tests.postgres import PostgresServer
from tests.waiting import until

KINDS = Path(__file__).with_name("kinds.py")
BROKEN = "from app.queue import job\n\nraise RuntimeError('the table of prices is missing')\n"
SHOWN_LINES = 200
#: Through one of these a test comes to a database that can be PostgreSQL's.
DATABASE_FIXTURES = {"new_database", "postgresql", "own_server"}
HOW_TO_SAY_WHY = "mark it not_on_postgresql, with the reason why PostgreSQL has no part in it."


@pytest.fixture(scope="session")
def broken_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of kinds that cannot be loaded."""
    path = tmp_path_factory.mktemp("jobs") / "broken.py"
    path.write_text(BROKEN)
    return path


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a database on the one that was asked for, else on SQLite or both, as it is marked."""
    if "new_database" not in metafunc.fixturenames:
        return
    if asked_for := metafunc.config.getoption("--database"):
        databases = [asked_for]
    elif metafunc.definition.get_closest_marker("both_databases") is not None:
        databases = ["sqlite", "postgresql"]
    else:
        databases = [pytest.param("sqlite", id=pytest.HIDDEN_PARAM)]
    metafunc.parametrize("new_database", databases, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is nothing for PostgreSQL when that is asked for, and let no test be so without a reason.

    Raises:
        pytest.UsageError: a test takes its database from none of `DATABASE_FIXTURES`, and does not say why.
    """
    here = Path(__file__).parent
    left_out = []
    for item in items:
        if here not in item.path.parents:
            continue
        mark = item.get_closest_marker("not_on_postgresql")
        if mark is None:
            if not DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
                raise pytest.UsageError(f"{item.nodeid} uses none of {sorted(DATABASE_FIXTURES)}: {HOW_TO_SAY_WHY}")
        elif config.getoption("--database") == "postgresql":
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """What gives a database of the kind that the test is parametrized with."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql")
        return server.database
    return contextlib.nullcontext


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the tests of one file, to be stopped."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="package")
def instance_on(
    tmp_path_factory: pytest.TempPathFactory, broken_file: Path
) -> Iterator[Callable[[NewDatabase], Instance]]:
    """What gives the shared instance on a database; each runs until the end of this folder, for a start takes long."""
    with contextlib.ExitStack() as stack:
        running: dict[NewDatabase, Instance] = {}

        def find(new_database: NewDatabase) -> Instance:
            if new_database not in running:
                folder = tmp_path_factory.mktemp("shared")
                started = stack.enter_context(_instance(new_database, folder, jobs=[broken_file, KINDS]))
                started.run()
                running[new_database] = started
            return running[new_database]

        yield find


@pytest.fixture
def instance(instance_on: Callable[[NewDatabase], Instance], new_database: NewDatabase) -> Instance:
    """A running instance for all tests that do it no harm, or harm that it mends by itself."""
    return instance_on(new_database)


@pytest.fixture
def mended(instance: Instance) -> Iterator[Instance]:
    """The shared instance for a test that harms it: at the end every part is there again."""
    yield instance
    instance.wait_until_ready()


@pytest.fixture(scope="module")
def own_instance(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance for the tests of one file; each runs it first, unless the one before left it running."""
    with _instance(new_database, tmp_path_factory.mktemp("own"), jobs=[KINDS]) as own:
        yield own


@pytest.fixture
def shared(postgresql: PostgresServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What every machine is told: one database, one Valkey, one key."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgresql.database())
        valkey = private_valkey(tmp_path)
        server = subprocess.Popen(valkey.command().arguments)
        stack.callback(server.wait)
        stack.callback(server.kill)
        until(valkey.is_ready)
        yield {"JOBDECK_DATABASE_URL": url, "JOBDECK_REDIS_URL": valkey.url, "JOBDECK_SECRET_KEY": "k" * 32}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Where the jobs of a test note their runs and wait; those that wait at its end are let go."""
    shared = Folder(tmp_path)
    yield shared
    shared.let_go()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the instance printed last."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for value in item.funcargs.values():
            if isinstance(value, Instance):
                lines = value.printed().splitlines()[-SHOWN_LINES:]
                report.sections.append(("printed by Jobdeck", "\n".join(lines)))
                break
    return report


@contextlib.contextmanager
def _instance(new_database: NewDatabase, folder: Path, *, jobs: list[Path]) -> Iterator[Instance]:
    """Make an instance on a database of its own, and leave nothing of it behind."""
    with new_database() as url, contextlib.closing(Instance(folder, jobs=jobs, database_url=url)) as made:
        yield made
