"""Jobdeck, by its public surface: the jobs in `jobdeck_jobs.py`, started from Python."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.db import JobSnapshot, files, migrations
from app.db.queries import jobs
from app.db.sql import engine
from app.queue import registry
from app.queue.params import sealing
from app.queue.transport import sender
from tests.actors import ME

JOBS = Path(__file__).with_name("jobdeck_jobs.py")
BULK = 1_000
"""Jobs in one call of `start_many`."""


def connect() -> None:
    """Connect as a program of one's own does."""
    url = os.environ["JOBDECK_DATABASE_URL"]
    migrations.upgrade(url)
    engine.connect(url)
    files.use_folder(Path(os.environ["JOBDECK_DATA_DIR"]) / "files")
    sealing.use_key(os.environ["JOBDECK_SECRET_KEY"])
    registry.load([str(JOBS)])
    sender.connect(os.environ["JOBDECK_REDIS_URL"])


def start(indexes: Sequence[int]) -> None:
    """Start a job for each."""
    no_op = registry.get("no_op")
    for index in indexes:
        no_op.start(index)


def start_bulk(indexes: Sequence[int]) -> None:
    """Start a job for each, `BULK` in one transaction."""
    from app.queue.acts.starting import start_many

    no_op = registry.get("no_op")
    for first in range(0, len(indexes), BULK):
        start_many(no_op, [{"index": index} for index in indexes[first : first + BULK]], by=ME)


def start_chain(indexes: Sequence[int]) -> None:
    """Start a job for each, each after the one before."""
    no_op = registry.get("no_op")
    before: list[JobSnapshot] = []
    for index in indexes:
        before = [no_op.after(before).start(index)]


def start_fan(indexes: Sequence[int]) -> None:
    """Start a job that starts one for each and waits for all of them."""
    registry.get("gather").start(len(indexes))


def start_reports(indexes: Sequence[int]) -> int:
    """Start one job that reports so many times. Returns its id."""
    return int(registry.get("many_reports").start(len(indexes)).id)


def result(indexes: Sequence[int]) -> Any:
    """Return the result of the job whose id is the first index; None: it has none yet."""
    return jobs.get_job(indexes[0]).result
