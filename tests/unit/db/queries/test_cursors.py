"""Cursors: only a place in the very list is one."""

import base64

import pytest

from app.db import JobFilter
from app.db.queries import jobs
from app.db.queries.jobs import Sort
from app.errors import InvalidInput
from tests.store import claimed, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


@pytest.mark.parametrize(
    ("sort", "content"),
    [
        ("-id", "nothing"),
        ("-id", "[]"),
        ("-id", '{"a": 1}'),
        ("-id", "[" * 1200),
        ("-id", '["-id", "x"]'),
        ("-id", '["-id", true]'),
        ("-id", '["-id", 1180591620717411303424]'),
        ("-run_seconds", '["-run_seconds", NaN, 1]'),
        ("-run_seconds", '["-run_seconds", 1' + "0" * 400 + ", 1]"),
        ("-run_seconds", '["-run_seconds", "1", 1]'),
        ("-started_at", '["-started_at", "2026-01-01T00:00:00", 1]'),
        ("-started_at", '["-started_at", 1, 1]'),
    ],
)
def test_a_cursor_from_elsewhere_is_refused(sort: Sort, content: str) -> None:
    for cursor in (base64.urlsafe_b64encode(content.encode()).decode().rstrip("="), content, "é"):
        with pytest.raises(InvalidInput) as caught:
            jobs.list_jobs(JobFilter(), sort=sort, after=cursor)
        assert caught.value.fields[0].field == "after"


def test_a_cursor_of_another_sort_is_refused() -> None:
    for _ in range(3):
        assert claimed(stored())
    cursor = jobs.list_jobs(JobFilter(), sort="-started_at", limit=2).next
    with pytest.raises(InvalidInput):
        jobs.list_jobs(JobFilter(), sort="id", after=cursor)
