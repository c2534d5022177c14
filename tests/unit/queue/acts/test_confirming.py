"""What is dangerous runs again only when that is meant, whatever the door."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.db import JobFilter, State
from app.db.audit import reading
from app.db.queries.jobs import list_jobs
from app.db.snapshots.parts import Failure
from app.errors import Unconfirmed
from app.jobs.bulk_act import bulk_act
from app.queue import JobContext, Secret, cancel, job, registry, retry, start
from app.queue.acts.bulk import act_on_ids, act_on_matching
from app.queue.acts.follow_up import failures
from app.queue.acts.schedules.changing import Wish, create, run_now
from app.queue.acts.starting import StartOptions
from tests.actors import ME
from tests.store import claimed, done, stored


@pytest.fixture(autouse=True)
def _kinds(room: Path) -> None:
    """Two dangerous kinds, and a harmless one."""

    @job(title="Empty a table", confirm="Every row is lost for good.")
    def empty(ctx: JobContext, table: str, password: Secret | None = None) -> None: ...

    @job(title="Drop a table", confirm="It is gone.")
    def drop(ctx: JobContext) -> None: ...

    @job
    def count(ctx: JobContext) -> None: ...

    registry.add(bulk_act)


def cancelled(kind: str, **params: str) -> int:
    return cancel(start(kind, params, by=ME).id, by=ME).id


def test_a_dangerous_job_is_retried_only_when_that_is_meant() -> None:
    number = cancelled("empty", table="orders", password="hunter2")

    with pytest.raises(Unconfirmed, match=r"Empty a table has to be confirmed\.") as asked:
        retry(number, by=ME)

    assert asked.value.said == {"Empty a table": "Every row is lost for good."}
    assert asked.value.params == {"table": "orders", "password": "•••"}
    assert [one.field for one in asked.value.fields] == ["confirmed"]
    with pytest.raises(Unconfirmed):
        retry(number, params={"table": "all"}, by=ME)
    assert retry(number, confirmed=True, by=ME).state is State.QUEUED


def test_a_question_is_no_refusal() -> None:
    number = cancelled("drop")
    before = len(reading.list_entries())

    with pytest.raises(Unconfirmed):
        retry(number, by=ME)

    assert len(reading.list_entries()) == before


def test_the_schedule_of_a_dangerous_kind_is_run_now_only_when_that_is_meant() -> None:
    made = create("empty", Wish(cron=("0 3 * * *",), params={"table": "orders"}), by=ME)

    with pytest.raises(Unconfirmed) as asked:
        run_now(made.id, by=ME)

    assert asked.value.params == {"table": "orders", "password": None}
    assert list_jobs(JobFilter()).items == []
    assert run_now(made.id, confirmed=True, by=ME).kind == "empty"


def test_a_schedule_is_run_now_only_when_what_follows_is_meant_too() -> None:
    wish = Wish(cron=("0 3 * * *",), then=[{"kind": "drop"}])
    made, both = create("count", wish, by=ME), create("empty", {**wish, "params": {"table": "all"}}, by=ME)

    with pytest.raises(Unconfirmed) as asked:
        run_now(made.id, by=ME)
    assert (asked.value.said, asked.value.params) == ({"Drop a table": "It is gone."}, {})
    with pytest.raises(Unconfirmed, match=r"Empty a table and Drop a table have to be confirmed\."):
        run_now(both.id, by=ME)
    assert run_now(made.id, confirmed=True, by=ME).kind == "count"


@pytest.mark.parametrize(
    "act",
    [
        lambda ids, confirmed: act_on_ids("retry", ids, confirmed=confirmed, by=ME),
        lambda ids, confirmed: act_on_matching("retry", JobFilter(text="table"), confirmed=confirmed, by=ME),
        lambda ids, confirmed: act_on_matching("retry", JobFilter(kind="drop"), confirmed=confirmed, by=ME),
    ],
)
def test_many_jobs_are_retried_only_when_the_dangerous_among_them_are_meant(
    act: Callable[[list[int], bool], object],
) -> None:
    ids = [cancelled("count"), cancelled("drop"), cancelled("empty", table="orders")]

    with pytest.raises(Unconfirmed) as asked:
        act(ids, False)

    assert asked.value.said["Drop a table"] == "It is gone."
    assert list_jobs(JobFilter(kind="bulk_act")).items == []
    act(ids, True)
    [asking] = list_jobs(JobFilter(kind="bulk_act")).items
    assert asking.params["confirmed"] is True


def test_nobody_is_asked_about_jobs_that_are_not_run_again() -> None:
    waiting = start("drop", {}, order=StartOptions(queue="default"), by=ME).id

    assert act_on_ids("retry", [waiting, cancelled("count")], by=ME).kind == "bulk_act"
    assert act_on_matching("retry", JobFilter(states=frozenset({State.QUEUED})), by=ME).kind == "bulk_act"
    assert act_on_ids("cancel", [waiting], by=ME).kind == "bulk_act"


def test_the_failures_of_one_cause_are_retried_only_when_that_is_meant() -> None:
    message = stored(kind="drop")
    assert claimed(message)
    assert done(message, outcome="failed", result=None, failure=Failure(type="E", message="m", signature="E: m"))

    with pytest.raises(Unconfirmed):
        failures.retry_all("E: m", by=ME)

    assert failures.retry_all("E: m", confirmed=True, by=ME).params["confirmed"] is True
