"""How long a kind usually runs: the median of its last runs that succeeded, once there are three."""

import pytest
from sqlmodel import update

from app.db.models.jobs import Job
from app.db.queries import usual
from app.db.queries.usual import longer_than, usual_seconds
from app.db.sql.sessions import session
from tests.store import claimed, done, stored

pytestmark = pytest.mark.usefixtures("database")


def ran(seconds: float, *, kind: str = "count", state: str = "succeeded") -> None:
    """Let a job have run for so long."""
    message = stored(kind=kind)
    assert claimed(message)
    done(message)
    with session(write=True) as opened:
        opened.execute(update(Job).where(Job.id == message.job_id).values(run_seconds=seconds, state=state))  # type: ignore[arg-type]


def test_it_is_the_median_of_the_last_that_succeeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usual, "MOST_RUNS", 3)
    for seconds in (900, 10, 2, 4):
        ran(seconds)
    ran(500, state="failed")
    ran(700, kind="other")
    stored()

    assert usual_seconds("count") == 4


def test_two_runs_tell_nothing() -> None:
    ran(1)
    ran(1)

    assert usual_seconds("count") is None


def test_longer_than_usual_is_three_times_and_a_minute_more_at_least() -> None:
    assert (longer_than(None), longer_than(1.0), longer_than(600.0)) == (None, 61.0, 1800.0)
