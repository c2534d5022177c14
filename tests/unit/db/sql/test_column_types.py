"""Columns are alike on every database: instants to the microsecond, and texts that all of them keep."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.dialects import sqlite
from sqlmodel import col, select

from app.db.clock import now
from app.db.lifecycle import reported
from app.db.models.jobs import Job
from app.db.queries import details
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import NewLogLine
from app.db.sql.column_types import UtcDateTime
from app.db.sql.sessions import session
from tests.store import claimed, done, stored

ODD = "NUL \0, half a pair \ud800, grüße"
KEPT = "NUL ␀, half a pair ?, grüße"


@pytest.mark.both_databases
def test_texts_from_outside_are_kept_readable_on_every_database(database: str) -> None:
    message = stored(params={"name": ODD, "NUL \0": 1}, tags=["\0"], search_text=ODD)
    job_id = message.job_id
    claimed(message)
    reported.record([], [NewLogLine(job_id=job_id, seq=1, attempt=1, at=now(), level=20, text=ODD)])
    done(message, result=[ODD], result_text=ODD)

    job = job_queries.get_job(job_id)
    in_json = ODD.replace("\ud800", "?")
    assert (job.params, job.tags, job.result) == ({"name": in_json, "NUL \0": 1}, ["\0"], [in_json])
    assert [line.text for line in details.list_log(job_id, text="GRÜ".lower())] == [KEPT]
    with session() as opened:
        [searchable] = opened.exec(select(Job.search_text).where(col(Job.id) == job_id)).all()
    assert searchable == f"{KEPT}\n{KEPT} ".casefold()


@pytest.mark.both_databases
def test_times_are_kept_to_the_microsecond_on_every_database(database: str) -> None:
    at = now().replace(microsecond=123457) + timedelta(days=365 * 300)
    job_id = stored(scheduled_for=at).job_id
    assert job_queries.get_job(job_id).scheduled_for == at


def test_a_time_without_a_zone_is_not_stored() -> None:
    with pytest.raises(AssertionError, match="aware"):
        UtcDateTime().process_bind_param(datetime(2026, 11, 1), sqlite.dialect())
