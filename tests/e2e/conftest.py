"""Instances of the real thing, for tests that leave theirs well, and for tests that need one of their own."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.e2e.folder import Folder
from tests.e2e.instance import Instance
from tests.postgres import PostgresServer

KINDS = Path(__file__).with_name("kinds.py")
BROKEN = "from app.queue import job\n\nraise RuntimeError('the table of prices is missing')\n"
SHOWN_LINES = 200


@pytest.fixture(scope="session")
def broken_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of kinds that cannot be loaded."""
    path = tmp_path_factory.mktemp("jobs") / "broken.py"
    path.write_text(BROKEN)
    return path


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that is marked `both_databases` on an instance on each of them, every other one on SQLite."""
    is_on_both = metafunc.definition.get_closest_marker("both_databases") is not None
    databases = ["sqlite", "postgresql"] if is_on_both else [pytest.param("sqlite", id=pytest.HIDDEN_PARAM)]
    if "instance" in metafunc.fixturenames:
        metafunc.parametrize("instance", databases, indirect=True, scope="session")
    if "own_instance" in metafunc.fixturenames:
        metafunc.parametrize("own_instance", databases, indirect=True, scope="module")


@pytest.fixture(scope="session")
def instance(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, broken_file: Path
) -> Iterator[Instance]:
    """A running instance for all tests that do it no harm, or harm that it mends by itself."""
    with _instance(request, tmp_path_factory.mktemp("shared"), jobs=[broken_file, KINDS]) as running:
        running.run()
        yield running


@pytest.fixture
def mended(instance: Instance) -> Iterator[Instance]:
    """The shared instance for a test that harms it: at the end every part is there again."""
    yield instance
    instance.wait_until_ready()


@pytest.fixture(scope="module")
def own_instance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance for the tests of one file; each runs it first, unless the one before left it running."""
    with _instance(request, tmp_path_factory.mktemp("own"), jobs=[KINDS]) as own:
        yield own


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
def _instance(request: pytest.FixtureRequest, folder: Path, *, jobs: list[Path]) -> Iterator[Instance]:
    """Make an instance on the database that the test is parametrized with, and leave nothing of it behind."""
    with contextlib.ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgresql")
            url = stack.enter_context(server.database())
        made = Instance(folder, jobs=jobs, database_url=url)
        stack.callback(made.close)
        yield made
