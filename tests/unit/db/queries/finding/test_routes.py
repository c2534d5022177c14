"""How SQLite is led to few rows of a long history: which of its indexes it reads, and how little beside them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db import JobFilter
from app.db.clock import now
from app.db.queries import jobs
from app.db.queries.finding import routes
from app.db.queries.jobs import Sort
from app.db.sql import engine
from tests.store import inserted

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("sort", ["id", "-id"])
def test_the_jobs_of_a_day_are_sorted_and_counted_before_their_rows_are_read(
    sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_, last = [inserted().job_id for _ in range(3)]
    monkeypatch.setattr(routes, "FEW", 2)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "job.created_at >= " in statement:
            asked.append((statement, values))

    event.listen(engine.engine(), "before_cursor_execute", note)
    page, count = jobs.find_jobs(JobFilter(since=now() - timedelta(days=1)), sort=sort, limit=1)
    event.remove(engine.engine(), "before_cursor_execute", note)

    assert [job.id for job in page.items] == [first if sort == "id" else last]
    assert (count.count, count.is_exact) == (3, True)
    assert asked
    for statement, values in asked:
        with engine.engine().connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert any("COVERING INDEX ix_job_created_at_id" in step for step in plan), (statement, plan)
