"""A filter of the history, written as a query: what it finds is the same."""

from datetime import UTC, datetime

import pytest

from app.db import JobFilter, State
from app.db.queries import jobs
from app.pages.history.views.query_text import query_of
from tests.store import stored

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("which", "query"),
    [
        (JobFilter(), ""),
        (JobFilter(text="kind:a OR kind:b"), "kind:a OR kind:b"),
        (JobFilter(text="kind:a OR kind:b", queue="mail"), "queue:mail (kind:a OR kind:b)"),
        (JobFilter(states=frozenset({State.FAILED, State.CANCELLED})), "state:cancelled,failed"),
        (
            JobFilter(kind="import_rows", parent_id=12, since=NOON, until=NOON, text="x"),
            "kind:import_rows parent:12 after:2026-11-01T12:00:00Z before:2026-11-01T12:00:00Z x",
        ),
        (JobFilter(kind='a "b" *'), r'kind:"a \"b\" *"'),
    ],
)
def test_a_filter_is_written_as_a_query(which: JobFilter, query: str) -> None:
    assert query_of(which) == query
    JobFilter(text=query)


def test_when_jobs_ended_cannot_be_written() -> None:
    assert query_of(JobFilter(finished_since=NOON)) is None


@pytest.mark.usefixtures("database")
def test_a_filter_and_its_query_find_the_same_jobs() -> None:
    for kind, queue in (("a*", "mail"), ("ab", "mail"), ("a*", "default"), ('c "d"', "mail")):
        stored(kind=kind, queue=queue, search_text="x")
    for which in (
        JobFilter(kind="a*"),
        JobFilter(kind='c "d"', text="y OR x"),
        JobFilter(queue="mail", states=frozenset({State.QUEUED})),
    ):
        found = jobs.list_jobs(JobFilter(text=query_of(which) or "")).items
        assert [job.id for job in found] == [job.id for job in jobs.list_jobs(which).items] != []
