"""What pruning would remove, for several lengths of time at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db.clock import now
from app.db.models.history import ArtifactRow
from app.db.queries.storage import counts_past, database_facts, would_be_pruned
from app.db.retention.rules import Retention, Rule
from app.db.sql import engine
from app.db.sql.sessions import session
from tests.store import claimed, done, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def finished(days_ago: float, *, kind: str = "count") -> int:
    message = stored(kind=kind)
    assert claimed(message)
    assert done(message, at=now() - timedelta(days=days_ago))
    return message.job_id


def add_file(job_id: int, *, size_bytes: int) -> None:
    row = ArtifactRow(
        job_id=job_id, attempt=1, name="a", media_type="text/plain", size_bytes=size_bytes, key="k", created_at=now()
    )
    with session(write=True) as opened:
        opened.add(row)


def test_each_length_counts_the_jobs_that_ended_before_it_and_no_unfinished_one() -> None:
    for days_ago in (1, 8, 40, 400):
        finished(days_ago)
    stored()

    found = would_be_pruned([7, 365, 30])

    assert [(one.days, one.jobs) for one in found] == [(365, 1), (30, 2), (7, 3)]


def test_the_room_is_the_share_of_the_database_and_what_files_take_on_average() -> None:
    old = finished(8)
    finished(9)
    finished(1)
    stored()
    add_file(old, size_bytes=6_000_000)

    [one] = would_be_pruned([7])

    # two of four jobs, and the files of three finished ones are 2 MB each on average
    assert one.size_bytes == round(database_facts().size_bytes * 2 / 4 + 2 * 6_000_000 / 3)
    assert one.oldest_at is not None
    assert timedelta(days=8.9) < now() - one.oldest_at < timedelta(days=9.1)


def test_nothing_goes_from_an_empty_history() -> None:
    assert [(one.jobs, one.size_bytes, one.oldest_at) for one in would_be_pruned([7, 30])] == [(0, 0, None)] * 2


def test_each_job_is_counted_by_the_rule_that_fits_it_closest() -> None:
    for days_ago in (2, 8, 40):
        finished(days_ago)
        finished(days_ago, kind="mail")
    rules = [Rule(kind="mail", state="", days=7), Rule(kind="mail", state="succeeded", days=30)]

    assert counts_past(Retention.of(1, rules), at=now()) == {("count", "succeeded"): 3, ("mail", "succeeded"): 1}
    assert counts_past(Retention.of(0, rules), at=now()) == {("mail", "succeeded"): 1}
    assert counts_past(Retention.of(0, [Rule(kind="mail", state="", days=0)]), at=now()) == {}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_rules_remove_is_counted_in_the_index_of_ends_alone() -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine.engine(), "before_cursor_execute", lambda _connection, _cursor, *statement: asked.append(statement[:2])
    )
    counts_past(Retention.of(30, [Rule(kind="mail", state="", days=7)]), at=now())
    [(statement, values)] = [one for one in asked if one[0].startswith("SELECT")]

    with engine.engine().connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()

    assert plan[0].detail == "SEARCH job USING COVERING INDEX ix_job_finished_at_id (finished_at<?)"
