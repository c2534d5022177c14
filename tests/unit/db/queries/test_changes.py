"""Which jobs changed since an instant: what a program that was away asks for."""

import pytest

from app.db import State
from app.db.clock import now
from app.db.lifecycle import requests, start
from app.db.queries import changes
from tests.actors import ME
from tests.store import claimed, done, new_job, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_each_job_that_changed_is_listed_once_as_it_is_now() -> None:
    before = stored()
    began = now()
    first, second = stored(), stored()
    assert claimed(first)
    assert done(first) is not None
    requests.cancel(second.job_id, by=ME)

    page = changes.list_changed(began)

    assert [(job.id, job.state) for job in page.items] == [
        (first.job_id, State.SUCCEEDED),
        (second.job_id, State.CANCELLED),
    ]
    assert page.is_last
    assert before.job_id not in {job.id for job in page.items}


def test_the_next_page_begins_where_the_last_one_ended_and_misses_nothing() -> None:
    began = now()
    job_ids = [one.job.id for one in start.insert_jobs([new_job() for _ in range(5)])]  # at one instant

    seen: list[int] = []
    at, after_id = began, 0
    while True:
        page = changes.list_changed(at, after_id=after_id, limit=2)
        seen.extend(job.id for job in page.items)
        at, after_id = page.at, page.after_id
        if page.is_last:
            break

    assert seen == job_ids


def test_a_job_that_was_deleted_since_is_left_out() -> None:
    began = now()
    gone, kept = stored(), stored()
    requests.cancel(gone.job_id, by=ME)
    requests.delete(gone.job_id, by=ME)

    assert [job.id for job in changes.list_changed(began).items] == [kept.job_id]
