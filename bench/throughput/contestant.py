"""Who is compared: how each is run, with what, and what it still knows about a job that is done."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.throughput.apps.jobdeck import JOBS

ROOT = Path(__file__).parents[2]
OURS = Path(sys.executable)
THEIRS = ROOT / ".venv-bench/bin/python"
_PINS = ROOT / "bench/requirements.txt"
_APPS = "bench.throughput.apps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One row of the table."""

    name: str
    title: str
    keeps: str
    """What is left of a job that is done."""
    app: str
    commands: tuple[tuple[str, ...], ...]
    """What to run as workers; together two processes of four threads, or the nearest to it."""
    width: str = "2 processes of 4 threads"
    package: str | None = None
    """Whose version is told; None: this project itself."""
    processes: int = 2
    """How many processes run jobs, to wait for at the start; 1 where they come and go."""
    python: Path = THEIRS
    most_jobs: int = 1_000_000
    """Jobs of one run, at most: fewer for the slow ones."""
    environment: Mapping[str, str] = field(default_factory=dict)
    database: Literal["SQLite", "PostgreSQL"] | None = None
    has_flows: bool = False
    """Whether its jobs can follow each other, and one can wait for many."""

    @property
    def shown(self) -> str:
        """Its title with the pinned version of its package."""
        pins = (line.partition(";")[0].strip().partition("==") for line in _PINS.read_text().splitlines())
        versions = {name.partition("[")[0]: version for name, _, version in pins if version}
        return self.title.format(version=versions.get(self.package or ""))

    @property
    def module(self) -> str:
        """The import name of its app."""
        return f"{_APPS}.{self.app}"


def _jobdeck(database: Literal["SQLite", "PostgreSQL"]) -> Contestant:
    return Contestant(
        name=f"jobdeck-{database.lower()}",
        title=f"Jobdeck, {database}",
        keeps="full history in SQL: job, params, result, attempts, transitions, counters",
        app="jobdeck",
        commands=((str(ROOT / "main.py"), "worker", "--processes", "2", "--threads", "4", "--jobs", str(JOBS)),),
        python=OURS,
        database=database,
        has_flows=True,
    )


def _dramatiq(title: str, name: str, environment: Mapping[str, str]) -> Contestant:
    return Contestant(
        name=name,
        title=title,
        keeps="nothing",
        app="dramatiq",
        package="dramatiq",
        commands=(("-m", "dramatiq", f"{_APPS}.dramatiq", "-p", "2", "-t", "4"),),
        environment=environment,
        has_flows=True,
    )


_HUEY = ("-m", "huey.bin.huey_consumer", f"{_APPS}.huey.huey", "-w", "4", "-k", "thread")
BASE, SAME_PREFETCH = "dramatiq", "dramatiq-64"
"""The rows that the others are divided by."""

CONTESTANTS = (
    _dramatiq("raw Dramatiq {version}, its defaults", BASE, {}),
    _dramatiq("raw Dramatiq {version}, prefetch 64", SAME_PREFETCH, {"dramatiq_queue_prefetch": "64"}),
    _jobdeck("SQLite"),
    _jobdeck("PostgreSQL"),
    Contestant(
        name="celery",
        title="Celery {version}",
        keeps="return values in Redis (1 day)",
        app="celery",
        package="celery",
        commands=(("-m", "celery", "-A", f"{_APPS}.celery", "worker", "-c", "8"),),
        width="8 processes (prefork)",
        processes=8,
        most_jobs=5_000,
        has_flows=True,
    ),
    Contestant(
        name="rq",
        title="RQ {version}",
        keeps="job and return value in Redis (500 s)",
        app="rq",
        package="rq",
        commands=(("-m", "rq.cli", "worker-pool", "-n", "8", "--url", "{redis_url}", "bench"),),
        width="8 processes (a fork a job)",
        processes=1,
        most_jobs=300,
    ),
    Contestant(
        name="huey",
        title="Huey {version}",
        keeps="return values in Redis",
        app="huey",
        package="huey",
        commands=(_HUEY, _HUEY),
    ),
    Contestant(
        name="taskiq",
        title="taskiq {version}, stream and results",
        keeps="return values in Redis",
        app="taskiq",
        package="taskiq",
        commands=(("-m", "taskiq", "worker", f"{_APPS}.taskiq:broker", "-w", "2", "--max-threadpool-threads", "4"),),
    ),
)
