"""Units of work: how long a read may take, and what is said of one that was cut off."""

import pytest
from sqlalchemy import text

from app.db import JobFilter
from app.db.queries import details, jobs
from app.db.sql import limits
from app.db.sql.sessions import lookup, session
from app.errors import Unavailable
from tests.store import stored

LONG = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n")
"""Takes a tenth of a second or so."""
LINES = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    "INSERT INTO log_line (job_id, seq, attempt, at, level, text) SELECT :job_id, i, 1, 0, 20, 'line' FROM n"
)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for longer than an instant."""
    monkeypatch.setattr(limits, "LOOKUP_SECONDS", 0.001)


@pytest.mark.both_databases
@pytest.mark.usefixtures("database", "hurried")
def test_a_read_that_somebody_waits_for_is_cut_off_and_the_next_one_is_answered() -> None:
    job_id = stored().job_id

    with pytest.raises(Unavailable, match="The database took too long to answer") as told, lookup() as opened:
        opened.execute(LONG).scalar_one()

    assert told.value.hint == "Ask for less: fewer words, one kind or state, a shorter period."
    with session() as opened:  # the same connection, without the limit
        assert opened.execute(text("SELECT count(*) FROM job")).scalar_one() == 1
    limits.LOOKUP_SECONDS = 30
    assert [job.id for job in jobs.list_jobs(JobFilter()).items] == [job_id]


@pytest.mark.both_databases
@pytest.mark.usefixtures("database", "hurried")
def test_what_nobody_waits_for_may_take_longer() -> None:
    with session() as opened:
        assert opened.execute(LONG).scalar_one() == 300_000
    with session(write=True) as opened:
        assert opened.execute(LONG).scalar_one() == 300_000


@pytest.mark.usefixtures("database")
def test_also_what_a_job_reads_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STATEMENT_SECONDS", 0.001)

    with pytest.raises(Unavailable, match="took too long"), session() as opened:
        opened.execute(LONG).scalar_one()
    with session(write=True) as opened:  # what is cut off would begin again
        assert opened.execute(LONG).scalar_one() == 300_000


@pytest.mark.both_databases
@pytest.mark.usefixtures("database")
def test_a_search_of_a_long_log_ends_in_time_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = stored().job_id
    with session(write=True) as opened:
        opened.execute(LINES, {"job_id": job_id})
    assert details.list_log(job_id, text="NOWHERE") == []
    assert len(details.list_log(job_id, text="LINE", limit=5)) == 5

    monkeypatch.setattr(limits, "LOOKUP_SECONDS", 0.001)
    with pytest.raises(Unavailable) as told:
        details.list_log(job_id, text="nowhere")

    assert told.value.hint == "Search one attempt of it, or only warnings and errors."
