"""What a list of jobs can be narrowed by: each field means the same wherever it is used."""

from datetime import timedelta
from typing import Any

import pytest

from app.db import JobFilter, State
from app.db.clock import now
from app.db.queries import jobs
from app.db.queries.filters import FIELDS, filter_of_json
from app.db.snapshots.parts import Failure
from tests.store import claimed, done, inserted, stored

LATER = timedelta(minutes=10)
EXAMPLES: dict[str, Any] = {
    "text": "needle",
    "states": frozenset({State.SUCCEEDED, State.RUNNING}),
    "kind": "import",
    "queue": "mail",
    "parent_id": 1,
    "flow": "first",
    "signature": "E: m",
    "since": LATER,
    "until": LATER,
    "finished_since": LATER,
    "finished_until": LATER,
    "max_id": 2,
}
"""A value of each field that some of the jobs below match, and some do not; a time is said from now on."""


@pytest.fixture
def some(database: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Jobs that differ in everything that can be asked for; the later ones are from half an hour later."""
    half_an_hour_later = now() + timedelta(minutes=30)
    first = stored(search_text="a needle", kind="import", queue="mail")
    assert claimed(first)
    assert done(first) is not None
    second = inserted(parent_id=first.job_id, search_text="hay").job.id
    monkeypatch.setattr("app.db.lifecycle.start.inserting.now", lambda: half_an_hour_later)
    third = stored(queue="mail")
    assert claimed(third)
    failed = stored()
    assert claimed(failed)
    failure = Failure(type="E", message="m", signature="E: m")
    assert done(failed, outcome="failed", result=None, failure=failure) is not None
    fourth = stored(kind="import", parent_id=second)
    assert claimed(fourth)
    assert done(fourth, at=half_an_hour_later + timedelta(minutes=1)) is not None
    return [first.job_id, second, third.job_id, failed.job_id, fourth.job_id]


@pytest.mark.both_databases
@pytest.mark.parametrize("name", [field.name for field in FIELDS])
def test_a_field_means_the_same_in_the_database_on_a_page_and_in_a_bulk_act(some: list[int], name: str) -> None:
    example = EXAMPLES[name]
    value: Any = now() + example if isinstance(example, timedelta) else example
    which = JobFilter(**{name: value})

    found = {job.id for job in jobs.list_jobs(which).items}

    assert found < set(some)
    assert found
    assert filter_of_json(which.as_json()) == which
    if name != "text":  # only the database knows about a text
        assert {job_id for job_id in some if which.may_match(jobs.get_job(job_id))} == found
