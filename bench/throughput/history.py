"""Whether Jobdeck's database really holds the whole history of a run: speed is never bought with it."""

import time

import sqlalchemy
from sqlalchemy import text

_SECONDS = 120.0
_SUCCEEDED = text("SELECT count(*) FROM job WHERE kind = 'no_op' AND state = 'succeeded'")
_UNFINISHED = text("SELECT count(*) FROM job WHERE state <> 'succeeded'")
_WHOLE = {
    "jobs succeeded with a result": """SELECT count(*) FROM job WHERE kind = 'no_op' AND state = 'succeeded'
        AND attempt >= 1 AND result IS NOT NULL AND started_at IS NOT NULL AND finished_at >= started_at
        AND worker IS NOT NULL""",
    "attempts that succeeded": "SELECT count(*) FROM attempt WHERE outcome = 'succeeded' AND finished_at IS NOT NULL",
    "transitions to queued": "SELECT count(*) FROM transition WHERE from_state IS NULL AND to_state = 'queued'",
    "transitions to running, without those of jobs that were returned before they ran": """SELECT
        sum(CASE WHEN from_state = 'queued' THEN 1 ELSE -1 END) FROM transition
        WHERE (from_state = 'queued' AND to_state = 'running') OR (from_state = 'running' AND to_state = 'queued')""",
    "transitions to succeeded": """SELECT count(*) FROM transition
        WHERE from_state = 'running' AND to_state = 'succeeded'""",
    "counted as succeeded": "SELECT sum(total) FROM state_count WHERE kind = 'no_op' AND state = 'succeeded'",
}


class Incomplete(Exception):
    """Something is missing in the history."""


class History:
    """The database of one run, read by the runner."""

    def __init__(self, url: str) -> None:
        """Open no connection yet."""
        self._engine = sqlalchemy.create_engine(url)

    def wait(self, jobs: int) -> float:
        """Wait until so many jobs are succeeded; return the instant, in seconds of the monotonic clock.

        Raises:
            Incomplete: they are not after two minutes, or one of their rows is missing.
        """
        deadline = time.monotonic() + _SECONDS
        with self._engine.connect() as connection:
            while (found := connection.execute(_SUCCEEDED).scalar_one()) < jobs:
                connection.rollback()  # the next look is a new snapshot
                if time.monotonic() > deadline:
                    raise Incomplete(f"only {found} of {jobs} jobs are succeeded in the database")
                time.sleep(0.005)
            at = time.monotonic()
            for name, query in _WHOLE.items():
                found = connection.execute(text(query)).scalar_one()
                if found != jobs:
                    raise Incomplete(f"{name}: {found} instead of {jobs}")
        return at

    def wait_for_ends(self) -> None:
        """Wait until every job is succeeded.

        Raises:
            Incomplete: one is not after two minutes.
        """
        deadline = time.monotonic() + _SECONDS
        with self._engine.connect() as connection:
            while (found := connection.execute(_UNFINISHED).scalar_one()) > 0:
                connection.rollback()
                if time.monotonic() > deadline:
                    raise Incomplete(f"{found} jobs are not succeeded in the database")
                time.sleep(0.005)

    def close(self) -> None:
        """Leave the database."""
        self._engine.dispose()
