"""A start is checked first, and says more than its kind declares; many are started together or not at all."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.db import JobFilter, State
from app.db.queries.jobs import list_jobs
from app.errors import FieldError, Forbidden, InvalidInput, NotFound
from app.jobs.bulk_act import bulk_act
from app.queue import JobContext, job, registry
from app.queue.acts.starting import MAX_TAGS, StartOptions, begin, queues_of_jobs, start, start_many
from app.queue.events.types import JobChanged, JobEvent
from app.queue.transport import sender
from tests.actors import ME


@pytest.fixture(autouse=True)
def _kind(room: object) -> None:
    """A kind that declares how its jobs run."""

    @job(queue="mail", priority="low", tags=["own"])
    def send(ctx: JobContext, to: str) -> None:
        """Send something."""

    registry.add(bulk_act)


def test_a_job_is_stored_sent_and_told(told: list[JobEvent]) -> None:
    job = start("send", {"to": "ada"}, by=ME)

    assert (job.state, job.queue, job.priority, job.tags, job.created_by) == (
        State.QUEUED, "mail", "low", ["own"], "me"
    )  # fmt: skip
    sent = sender.message_lists().take(9, queues=["mail"])
    assert [one.job_id for one in sent] == [job.id]
    assert [one.job for one in told if isinstance(one, JobChanged)] == [job]


def test_what_the_start_says_goes_before_what_the_kind_declares() -> None:
    order = StartOptions(queue="default", priority="high", tags=[" mine ", "own", ""], delay=timedelta(hours=1))

    job = start("send", {"to": "ada"}, order=order, by=ME)

    assert (job.queue, job.priority, job.tags, job.state) == ("default", "high", ["own", "mine"], State.SCHEDULED)
    assert job.run_at == job.created_at + timedelta(hours=1)


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"queue": "gone"}, "queue"),
        ({"queue": "bulk"}, "queue"),
        ({"tags": [str(number) for number in range(MAX_TAGS)]}, "tags"),
        ({"tags": ["two\nlines"]}, "tags"),
        ({"run_at": datetime(2030, 1, 1)}, "run_at"),
        ({"unique_key": ""}, "unique_key"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name_and_nothing_is_stored(order: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        start("send", {"to": "ada"}, order=StartOptions(**order), by=ME)

    assert [one.field for one in caught.value.fields] == [field]
    assert list_jobs(JobFilter()).items == []


def test_while_a_job_of_the_same_key_is_unfinished_it_is_the_answer() -> None:
    once = StartOptions(unique_key="ada")

    first, second = (begin("send", {"to": "ada"}, order=once, by=ME) for _ in range(2))

    assert (first.is_new, second.is_new, second.job.id) == (True, False, first.job.id)


def test_many_are_started_or_none_and_the_fields_say_of_which() -> None:
    with pytest.raises(InvalidInput) as caught:
        start_many("send", [{"to": "ada"}, {}], by=ME)

    assert caught.value.fields == (FieldError(field="1.to", message="Fill this in."),)
    assert list_jobs(JobFilter()).items == []
    assert [job.params["to"] for job in start_many("send", [{"to": "ada"}, {"to": "bob"}], by=ME)] == ["ada", "bob"]


def test_an_act_on_many_jobs_is_not_started_by_itself_and_its_queue_is_not_offered() -> None:
    with pytest.raises(Forbidden):
        start("bulk_act", {}, by=ME)
    with pytest.raises(NotFound):
        start("nothing", {}, by=ME)
    assert sorted(queues_of_jobs()) == ["default", "mail"]


def test_a_kind_that_wants_to_be_confirmed_starts_only_when_it_is_meant() -> None:
    @job(confirm="This empties the table.")
    def empty(ctx: JobContext) -> None:
        """Empty a table."""

    with pytest.raises(InvalidInput) as caught:
        begin("empty", {}, by=ME)

    assert caught.value.fields == (FieldError(field="confirmed", message="This empties the table."),)
    assert list_jobs(JobFilter()).items == []
    assert begin("empty", {}, by=ME, confirmed=True).job.kind == "empty"
    assert start("empty", {}, by=ME).kind == "empty", "code is not asked"
