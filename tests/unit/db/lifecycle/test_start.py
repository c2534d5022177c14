"""Jobs that are stored: ids, keys, many at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from app.actor import SYSTEM, of_job
from app.db import State, migrations
from app.db.clock import now
from app.db.lifecycle import batch, requests
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.start import insert_into, insert_jobs
from app.db.models.history import TransitionRow
from app.db.models.installation import AuditRow
from app.db.models.jobs import Job, StateCount
from app.db.queries import details
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure
from app.db.sql import engine
from app.db.sql.column_types import table_of
from app.db.sql.sessions import reading, session
from app.errors import WrongState
from tests.actors import ME
from tests.postgres import PostgresServer
from tests.store import inserted, new_job, stored
from tests.waiting import until

job_table, transition_table, audit_table, total_table = (
    table_of(one) for one in (Job, TransitionRow, AuditRow, StateCount)
)
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_an_unfinished_job_of_the_same_key_is_found_instead_of_a_second_one() -> None:
    first = inserted(unique_key="k")
    again = inserted(unique_key="k")
    assert (again.job.id, again.is_new, again.message) == (first.job.id, False, None)
    assert inserted(unique_key="k", kind="other").is_new
    requests.cancel(first.job.id, by=ME)
    second = inserted(unique_key="k")
    assert second.is_new
    with pytest.raises(WrongState, match=f"#{second.job.id}"):
        requests.retry(first.job.id, retries=0, by=ME)


def test_an_id_is_never_given_twice(database: str) -> None:
    first = stored()
    requests.cancel(first.job_id, by=ME)
    requests.delete(first.job_id, by=ME)
    assert stored().job_id == first.job_id + 1


def test_jobs_that_are_written_together_are_kept_as_single_ones_are() -> None:
    at = now() + timedelta(days=365 * 300)
    odd = {"NUL \0": "\0", "half": "\ud800", "none": None, "nan": float("nan"), "deep": [{"1": [True, 0.1, 2**60]}]}
    several = [
        new_job(params=odd, tags=["\0", "\u00fc"], search_text="NUL \0, half \ud800", scheduled_for=at, schedule_id=1),
        new_job(title="'; DROP TABLE job; --", run_at=at),
        new_job(priority="high", parent_id=None),
    ]
    single = [insert_jobs([replace(new, schedule_id=None)])[0].job for new in several]

    both = insert_jobs(several)

    own = {"id", "links", "created_at", "schedule_id", "version"}
    for alone, job in zip(single, both, strict=True):
        assert job_queries.get_job(job.job.id).model_dump(exclude=own) == job_queries.get_job(alone.id).model_dump(
            exclude=own
        )
    worker = Worker(id="w", name="w")
    messages = [one.message for one in both if one.message is not None]
    claims = batch.record([], messages, worker=worker).claims
    failure = Failure(type="E", message="half \ud800, NUL \0", signature="E")
    ends = [
        Finish(job_id=claims[0].job_id, token=claims[0].token, outcome="succeeded", at=at, result=["\0", float("inf")]),
        Finish(
            job_id=claims[1].job_id, token=claims[1].token, outcome="failed", at=at, failure=failure, traceback="\0"
        ),
    ]
    batch.record(ends, [], worker=worker)
    first, second = (job_queries.get_job(claim.job_id) for claim in claims)
    assert (first.result, first.finished_at, first.error) == (["\0", None], at, None)
    assert second.error is not None
    assert (second.result, second.error.message) == (None, "half ?, NUL \u2400")
    assert [one.traceback for one in details.list_attempts(second.id)] == ["\u2400"]


def test_jobs_by_themselves_are_written_as_in_a_longer_transaction(database: str) -> None:
    news = [
        new_job(params={"a": ["\0", 2**60, 0.1]}, tags=["x"], search_text="count \0"),
        new_job(kind="other", run_at=now() + timedelta(days=1), by=of_job(1), trace_id="1" * 32),
        new_job(delay=timedelta(hours=1), retry_of=7, parent_id=9, by=SYSTEM),
        new_job(approve="admin", priority="high"),
        new_job(),
    ]

    alone = [insert_jobs([new])[0] for new in news]
    together = insert_jobs(news)
    with session(write=True) as opened:
        inside = insert_into(opened, news)

    first, second, third = ([written(one.job_id) for one in each] for each in (alone, together, inside))
    assert first == second == third
    assert [one.job for one in together] == [job_queries.get_job(one.job_id) for one in together]
    assert total_of(state=State.QUEUED) == 6
    assert total_of(state=State.SCHEDULED) == 9


def written(job_id: int) -> list[dict[str, Any]]:
    """Return all rows that a start wrote, without what differs from one start to the next."""
    own = {"id", "job_id", "at", "created_at", "run_at", "not_before", "queued_at", "sent_at", "delay_began_at"}
    with reading() as connection:
        rows = [
            *connection.execute(select(job_table).where(job_table.c.id == job_id)).mappings(),
            *connection.execute(select(transition_table).where(transition_table.c.job_id == job_id)).mappings(),
            *connection.execute(select(audit_table).where(audit_table.c.target == f"job:{job_id}")).mappings(),
        ]
    times = own - {"id", "job_id"}
    return [
        {name: value is None if name in times else value for name, value in row.items() if name not in own - times}
        | ({"target": None} if "target" in row else {})
        for row in rows
    ]


def total_of(state: State) -> int:
    """Return how many jobs are counted in a state."""
    with reading() as connection:
        query = select(func.sum(total_table.c.total)).where(total_table.c.state == state)
        return int(connection.execute(query).scalar_one())


@pytest.fixture
def after_statement() -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Give what does something once, right after the first statement that has these words."""
    waiting: dict[str, Callable[[], object]] = {}

    def executed(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        for words in [words for words in waiting if words in statement]:
            waiting.pop(words)()

    event.listen(engine.writer(), "after_cursor_execute", executed)
    yield waiting.__setitem__
    event.remove(engine.writer(), "after_cursor_execute", executed)


AfterStatement = Callable[[str, Callable[[], object]], None]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_job_of_the_same_key_that_ends_while_another_is_started_does_not_keep_it(
    after_statement: AfterStatement,
) -> None:
    first = inserted(unique_key="k").job.id
    after_statement("INSERT INTO job", lambda: requests.cancel(first, by=ME))
    second = inserted(unique_key="k")
    assert second.is_new
    assert job_queries.get_job(first).state is State.CANCELLED


def sorting_as_people_do(server: PostgresServer) -> str:
    """Make a database that puts a letter before a sign, where the server can; give its address."""
    with server.administrator() as admin:
        is_able = admin.execute("SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'").fetchone() == (True,)
        how = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0" if is_able else ""
        admin.execute(f"CREATE DATABASE sorting {how}")
    return server.url("sorting")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_totals_are_locked_in_one_order_however_the_server_sorts(database: str, postgresql: PostgresServer) -> None:
    url = sorting_as_people_do(postgresql)
    migrations.upgrade(url)
    engine.connect(url)
    kinds = ["step1", "step_two"]  # by letters the other way round
    insert_jobs([new_job(kind=kind) for kind in kinds])

    with postgresql.administrator(url) as other, ThreadPoolExecutor(1) as threads:
        with other.transaction():
            other.execute("SELECT * FROM state_count WHERE kind = 'step1' FOR UPDATE")
            start = threads.submit(insert_jobs, [new_job(kind=kind) for kind in kinds])
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'sorting'"
            until(lambda: other.execute(waiting).fetchone() == (1,))
            other.execute("SELECT * FROM state_count WHERE kind = 'step_two' FOR UPDATE NOWAIT")
        assert len(start.result()) == 2
    engine.disconnect()
