"""The database as a chaos run reads it: by plain SQL, past Jobdeck, on SQLite and on PostgreSQL alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil
from sqlalchemy import Engine, NullPool, Row, create_engine, text

UNFINISHED = "state NOT IN ('succeeded', 'failed', 'cancelled')"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is. `pid`: of the process that runs it; None: of none that is registered."""

    state: str
    pid: int | None

    @property
    def is_in_good_hands(self) -> bool:
        """Whether it runs in a living process, or nothing has to be done for it now."""
        if self.state == "running":
            return self.pid is not None and _lives(self.pid)
        return self.state != "queued"


class Records:
    """Read access. Each call opens a connection: the server may be stopped at any time.

    Every method raises DBAPIError while the database is away.
    """

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy takes it."""
        self._engine: Engine = create_engine(url, poolclass=NullPool)

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self._engine.dialect.name == "postgresql"

    def read(self, query: str, **values: Any) -> list[Row[Any]]:
        """Read rows."""
        with self._engine.connect() as connection:
            return list(connection.execute(text(query), values).all())

    def unfinished(self) -> int:
        """Count the jobs that are not finished."""
        return int(self.read(f"SELECT COUNT(*) FROM job WHERE {UNFINISHED}")[0][0])

    def going_on(self) -> int:
        """Count the jobs that run, wait for a worker or are retried: those that a worker has to do with soon."""
        return int(self.read("SELECT COUNT(*) FROM job WHERE state IN ('running', 'queued', 'retrying')")[0][0])

    def waiting(self) -> int:
        """Count the jobs that wait for a worker."""
        return int(self.read("SELECT COUNT(*) FROM job WHERE state = 'queued'")[0][0])

    def places(self) -> Mapping[int, Place]:
        """Return where each unfinished job is."""
        query = (
            "SELECT job.id, job.state, process.pid FROM job LEFT JOIN process ON process.id = job.worker_id "
            f"WHERE {UNFINISHED}"
        )
        return {row.id: Place(row.state, row.pid if row.state == "running" else None) for row in self.read(query)}

    def state(self, job_id: int) -> str | None:
        """Return a job's state; None: there is no such job."""
        rows = self.read("SELECT state FROM job WHERE id = :id", id=job_id)
        return str(rows[0][0]) if rows else None

    def count(self, kind: str) -> int:
        """Count the jobs of a kind."""
        return int(self.read("SELECT COUNT(*) FROM job WHERE kind = :kind", kind=kind)[0][0])

    def to_be_retried(self) -> list[int]:
        """Return the jobs that failed, or were cancelled for one that did, until somebody retries them."""
        kinds = "kind IN ('relent', 'insist', 'succeed') AND state IN ('failed', 'cancelled')"
        return [row[0] for row in self.read(f"SELECT id FROM job WHERE {kinds} ORDER BY id")]

    def tagged(self, tag: str) -> int | None:
        """Return the job that carries a tag; None: none does."""
        rows = self.read("SELECT id FROM job WHERE CAST(tags AS TEXT) LIKE :pattern", pattern=f'%"{tag}"%')
        return int(rows[0][0]) if rows else None


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in (
            psutil.STATUS_ZOMBIE,
            psutil.STATUS_DEAD,
            psutil.STATUS_STOPPED,
        )
    except psutil.NoSuchProcess:
        return False
