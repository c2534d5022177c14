"""`bulk_act`: many jobs, one at a time, each in the state that it has when its turn comes."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.actor import Actor
from app.db import JobFilter, JobSnapshot, State
from app.db.clock import now
from app.db.lifecycle import pending, requests, rescue
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message
from app.db.queries import details, jobs
from app.db.snapshots.parts import Failure
from app.errors import InvalidInput, NotFound
from app.jobs.bulk_act import Matching, bulk_act
from app.queue import JobContext, cancel, job, registry, retry
from app.queue.acts.bulk import MAX_IDS, act_on_ids, act_on_matching
from app.queue.acts.starting import StartOptions, begin
from app.queue.kinds.kind import Kind
from tests.actors import ME, person
from tests.store import claimed, done, stored
from tests.unit.jobs.history import add_job
from tests.waiting import until

pytestmark = pytest.mark.thorough

OLD = timedelta(minutes=5)
FAILED: dict[str, Any] = {"outcome": "failed", "failure": Failure(type="E", message="m", signature="E")}
Begin = Callable[[], object]


@pytest.fixture(autouse=True)
def count(room: object, monkeypatch: pytest.MonkeyPatch) -> Kind[[], None]:
    """The kind of the jobs that are acted on; the acts begin at once."""
    monkeypatch.setattr("app.queue.acts.bulk.UNDO_SECONDS", 0)
    monkeypatch.setattr("app.queue.repair.sweep.SWEEP_SECONDS", 0.05)
    # What was asked for before the worker came is sent again.
    monkeypatch.setattr("app.queue.repair.sweep.CHECK_SECONDS", 0)

    @job
    def count(ctx: JobContext) -> None:
        """Do nothing."""

    registry.add(bulk_act)
    return count


def result(asked: JobSnapshot) -> Any:
    """Wait until an act is done, and return what it says."""
    until(lambda: jobs.get_job(asked.id).state.is_finished)
    done = jobs.get_job(asked.id)
    assert done.state is State.SUCCEEDED, done.error
    return done.result


def later(number: int) -> list[int]:
    """Start jobs that wait for their time."""
    order = StartOptions(run_at=now() + timedelta(hours=1))
    return [begin("count", {}, order=order, by=ME).job.id for _ in range(number)]


def states(job_ids: list[int]) -> list[State]:
    return [jobs.get_job(job_id).state for job_id in job_ids]


def test_a_job_that_ends_just_before_it_is_cancelled_was_finished_already(
    run_worker: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_and_cancel(job_id: int, *, by: Actor) -> JobSnapshot:
        cancel(job_id, by=person("another"))
        return cancel(job_id, by=by)

    monkeypatch.setattr("app.jobs.bulk_act.cancel", end_and_cancel)
    [job_id] = later(1)
    asked = act_on_ids("cancel", [job_id], by=ME)
    run_worker()
    assert result(asked) == "0 cancelled, 1 was finished already"


def test_chosen_jobs_are_cancelled_and_those_that_are_not_to_be_are_counted(run_worker: Begin) -> None:
    waiting, done = later(3), add_job(age=OLD)
    asked = act_on_ids("cancel", [*waiting, done, 999], by=person("ops"))
    assert asked.title == "Cancel 5 jobs"
    run_worker()

    assert result(asked) == "3 cancelled, 1 was finished already, 1 was gone already"
    assert states([*waiting, done]) == [State.CANCELLED] * 3 + [State.SUCCEEDED]
    last = details.list_transitions(waiting[0])[-1]
    assert (last.by, last.by_kind, last.via) == ("ops", "person", f"job #{asked.id}")
    assert jobs.get_job(asked.id).progress.ratio == 1


def test_failed_and_cancelled_jobs_are_retried_and_others_left(run_worker: Begin) -> None:
    failed = [add_job(age=OLD, state=State.FAILED, max_attempts=1) for _ in range(2)]
    [cancelled] = later(1)
    cancel(cancelled, by=ME)
    succeeded = add_job(age=OLD)
    asked = act_on_ids("retry", [*failed, cancelled, succeeded], by=ME)
    run_worker()

    assert result(asked) == "3 retried, 1 was not failed or cancelled"
    until(lambda: states([*failed, cancelled]) == [State.SUCCEEDED] * 3)
    assert jobs.newest_id() == asked.id  # the succeeded one was not started anew


def test_one_that_was_to_run_after_another_that_has_not_ended_waits_again(run_worker: Begin) -> None:
    [first] = later(1)
    then = begin("count", {}, order=StartOptions(after=(first,)), by=ME).job.id
    cancel(then, by=ME)
    asked = act_on_ids("retry", [then], by=ME)
    run_worker()

    assert result(asked) == "1 retried"
    assert states([first, then]) == [State.SCHEDULED, State.SCHEDULED]
    last = details.list_transitions(then)[-1]
    assert (last.reason, last.via) == (f"retried, to run after #{first}", f"job #{asked.id}")


def test_one_that_waited_for_its_children_is_retried_behind_them(run_worker: Begin) -> None:
    parent = stored(max_attempts=1)
    assert claimed(parent)
    child = stored(parent_id=parent.job_id, max_attempts=1)
    assert claimed(child)
    aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[child.job_id])
    done(child, **FAILED)
    [woken] = pending.sent(older_than=now())
    assert claimed(woken)
    done(woken, **FAILED)
    asked = act_on_ids("retry", [parent.job_id, child.job_id], by=ME)
    run_worker()

    assert result(asked) == "2 retried"
    retried = [
        next(one.at for one in details.list_transitions(job_id) if one.reason == "retried")
        for job_id in (child.job_id, parent.job_id)
    ]
    assert retried == sorted(retried)


def test_one_that_somebody_else_retried_just_before_and_that_succeeded_starts_no_other(
    run_worker: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def succeed_and_retry(job_id: int, **given: Any) -> JobSnapshot:
        _, again, _ = requests.retry(job_id, retries=0, by=person("another"))
        assert claimed(again)
        done(again)
        return retry(job_id, **given)

    monkeypatch.setattr("app.jobs.bulk_act.retry", succeed_and_retry)
    failed = add_job(age=OLD, state=State.FAILED, max_attempts=1)
    asked = act_on_ids("retry", [failed], by=ME)
    run_worker()

    assert result(asked) == "0 retried, 1 was not failed or cancelled"
    assert jobs.newest_id() == asked.id


def test_what_failed_before_the_clock_was_set_back_is_retried(run_worker: Begin) -> None:
    failed = stored(max_attempts=1)
    assert claimed(failed)
    done(failed, at=now() + timedelta(hours=1), **FAILED)
    asked = act_on_ids("retry", [failed.job_id], by=ME)
    run_worker()

    assert result(asked) == "1 retried"


def test_all_matching_jobs_are_deleted_with_none_that_came_later(run_worker: Begin) -> None:
    matching = [add_job(age=OLD, state=State.FAILED) for _ in range(3)]
    other_kind, other_state = add_job(age=OLD, state=State.FAILED, kind="other"), add_job(age=OLD)
    which = JobFilter(states=frozenset({State.FAILED}), kind="count", text="count")
    asked = act_on_matching("delete", which, by=ME)
    came_later = add_job(age=OLD, state=State.FAILED)
    assert asked.title == "Delete all matching jobs"
    run_worker()

    assert result(asked) == "3 deleted"
    for job_id in matching:
        with pytest.raises(NotFound):
            jobs.get_job(job_id)
    assert states([other_kind, other_state, came_later]) == [State.FAILED, State.SUCCEEDED, State.FAILED]


def test_no_part_of_a_filter_is_lost_on_the_way() -> None:
    which = JobFilter(
        states=frozenset({State.FAILED}),
        kind="count",
        queue="mail",
        parent_id=7,
        flow="first",
        signature="E: m",
        text="word",
        since=now() - OLD,
        until=now(),
        finished_since=now() - OLD,
        finished_until=now(),
        max_id=0,
        asked_at=now() - OLD,
        zone=ZoneInfo("Asia/Kolkata"),
    )
    assert not [field.name for field in fields(which) if getattr(which, field.name) == field.default]

    asked = act_on_matching("delete", which, by=ME)

    kept = Matching.model_validate(asked.params["matching"]).as_filter()
    assert [getattr(kept, field.name) for field in fields(which)] == [
        getattr(which, field.name) for field in fields(which)
    ]


def test_days_begin_where_they_began_for_who_asked() -> None:
    asked_at = now().astimezone(timezone(timedelta(hours=5)))
    which = JobFilter(text="before:today", asked_at=asked_at, zone=asked_at.tzinfo or UTC)

    kept = Matching.model_validate(act_on_matching("delete", which, by=ME).params["matching"]).as_filter()

    begins_at = asked_at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert kept.conditions()[0].compile().params == {"created_at_1": begins_at}


def test_matching_is_what_matches_when_it_begins(run_worker: Begin) -> None:
    waiting = later(2)
    asked = act_on_matching("delete", JobFilter(states=frozenset({State.CANCELLED})), by=ME)
    cancel(waiting[0], by=ME)
    run_worker()

    assert result(asked) == "1 deleted"
    assert states([waiting[1]]) == [State.SCHEDULED]


def test_all_jobs_do_not_include_the_act_itself(run_worker: Begin) -> None:
    waiting = later(1)
    asked = act_on_matching("cancel", JobFilter(), by=ME)
    run_worker()

    assert result(asked) == "1 cancelled"
    assert states(waiting) == [State.CANCELLED]
    again = act_on_ids("cancel", [jobs.newest_id() + 1], by=ME)
    assert result(again) == "0 cancelled"  # its own id was foretold


def test_of_all_matching_those_in_a_wrong_state_are_counted(run_worker: Begin) -> None:
    add_job(age=OLD)
    add_job(age=OLD)
    later(1)
    asked = act_on_matching("delete", JobFilter(kind="count"), by=ME)
    run_worker()
    assert result(asked) == "2 deleted, 1 was not finished"


def test_a_job_that_cannot_be_retried_is_counted_and_the_log_says_why(run_worker: Begin) -> None:
    gone = add_job(age=OLD, state=State.FAILED, kind="forgotten")
    asked = act_on_ids("retry", [gone], by=ME)
    run_worker()

    assert result(asked) == "0 retried, 1 was refused (see the log)"
    assert any("There is no kind named 'forgotten'." in line.text for line in details.list_log(asked.id))


def test_an_act_that_runs_again_retries_no_job_twice(run_worker: Begin) -> None:
    [first] = later(1)
    asked = act_on_ids("retry", [first], by=ME)
    message = Message(asked.id, 1, "bulk_act", asked.queue, asked.priority)
    assert claimed(message)  # it began, and its worker died after it had retried the job, which was cancelled since
    cancel(first, by=ME)
    rescue.rescue("w1")
    run_worker()

    assert result(asked) == "0 retried, 1 was not failed or cancelled"


def test_what_becomes_dangerous_meanwhile_is_not_retried_unless_that_was_meant(run_worker: Begin) -> None:
    asked = [  # each of a job of its own: they may run at once
        act_on_ids("retry", [add_job(age=OLD, state=State.FAILED, kind="drop")], confirmed=confirmed, by=ME)
        for confirmed in (False, True)
    ]

    @job(confirm="It is gone.")
    def drop(ctx: JobContext) -> None: ...

    run_worker()

    assert result(asked[0]) == "0 retried, 1 was refused (see the log)"
    assert result(asked[1]) == "1 retried"


def test_an_act_that_is_cancelled_before_it_begins_does_nothing(
    run_worker: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queue.acts.bulk.UNDO_SECONDS", 3600)
    done = add_job(age=OLD)
    asked = act_on_ids("delete", [done], by=ME)
    assert asked.state is State.SCHEDULED
    run_worker()

    assert cancel(asked.id, by=ME).state is State.CANCELLED

    assert states([done]) == [State.SUCCEEDED]


def test_so_many_ids_as_may_be_fit_however_long_they_are() -> None:
    asked = act_on_ids("delete", range(2**62, 2**62 + MAX_IDS), by=ME)
    assert (asked.title, len(asked.params["ids"])) == ("Delete 12,000 jobs", MAX_IDS)
    for number in (0, MAX_IDS + 1):
        with pytest.raises(InvalidInput):
            act_on_ids("delete", range(1, number + 1), by=ME)
