"""Jobs that follow each job of a schedule."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.db import JobFilter, JobSnapshot, State
from app.db.lifecycle.start import Message
from app.db.queries import jobs, schedules
from app.db.snapshots.secrets import SEALED, SECRET_SHOWN_AS
from app.errors import InvalidInput, NotFound
from app.queue import JobContext, Secret, job
from app.queue.acts.schedules import firing
from app.queue.acts.schedules.changing import Wish, create, edit, run_now
from app.queue.acts.schedules.following import FollowerWish
from app.queue.kinds.registry import registry
from app.queue.params import sealing
from app.queue.transport import sender
from tests.actors import ME
from tests.store import claimed, done

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
SetClock = Callable[[datetime], None]
pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture(autouse=True)
def each(room: object) -> None:
    """Kinds to schedule."""

    @job
    def tidy(ctx: JobContext) -> None:
        """Do nothing."""

    @job
    def report(ctx: JobContext, size: int = 3, key: Secret | None = None) -> None:
        """Do nothing."""

    sender.connect(None)


def hourly(set_clock: SetClock, *then: FollowerWish) -> int:
    set_clock(NOON)
    return create("tidy", Wish(cron=("0 * * * *",), then=then), by=ME).id


def all_jobs() -> list[JobSnapshot]:
    return jobs.list_jobs(JobFilter(), sort="id").items


def test_each_fire_starts_them_and_each_waits_for_the_one_before(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, {"kind": "report", "params": {"size": 5}}, {"kind": "tidy", "when": "finished"})
    set_clock(NOON + timedelta(hours=1))

    [started] = firing.fire([schedule_id])

    first, second, third = all_jobs()
    assert (first.id, first.schedule_id, first.state) == (started.id, schedule_id, State.QUEUED)
    assert (second.kind, second.params["size"], second.after, second.when) == ("report", 5, [first.id], "succeeded")
    assert (third.kind, third.after, third.when) == ("tidy", [second.id], "finished")
    assert {second.schedule_id, third.schedule_id} == {None}
    assert {second.state, third.state} == {State.SCHEDULED}
    message = Message(job_id=first.id, token=1, kind="tidy", queue="default", priority="normal")
    assert claimed(message)
    assert done(message) is not None
    assert [one.state for one in all_jobs()] == [State.SUCCEEDED, State.QUEUED, State.SCHEDULED]
    set_clock(NOON + timedelta(hours=1, minutes=1))
    assert firing.fire([schedule_id]) == []
    assert len(all_jobs()) == 3


def test_a_run_now_starts_them_too(set_clock: SetClock) -> None:
    run_now(hourly(set_clock, {"kind": "report"}), by=ME)

    assert [(one.kind, one.state) for one in all_jobs()] == [("tidy", State.QUEUED), ("report", State.SCHEDULED)]


@pytest.mark.parametrize(
    ("then", "fields"),
    [
        ([{"kind": "report", "params": {"size": "x"}}], ["then.0.params.size"]),
        ([{"kind": "tidy"}, {"kind": "report", "when": "never"}], ["then.1.when"]),
        ([{"kind": "tidy"}] * 11, ["then"]),
    ],
)
def test_what_does_not_fit_is_refused_by_its_place(then: list[FollowerWish], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        create("tidy", Wish(cron=("0 * * * *",), then=then), by=ME)

    assert [one.field for one in refused.value.fields] == fields
    with pytest.raises(NotFound):
        create("tidy", Wish(cron=("0 * * * *",), then=[{"kind": "nothing"}]), by=ME)


def test_a_change_keeps_a_secret_that_stays_dots_and_says_who_changed_what(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, {"kind": "report", "params": {"key": "sesame"}})
    changed = edit(
        schedule_id,
        Wish(then=[{"kind": "report", "params": {"key": SECRET_SHOWN_AS, "size": 4}}, {"kind": "tidy"}]),
        by=ME,
    )

    assert changed.then[0].params == {"size": 4, "key": SECRET_SHOWN_AS}
    kept = schedules.stored(schedule_id).followed_by[0]["params"]["key"]
    assert sealing.unseal(kept[SEALED]) == "sesame"
    said = schedules.list_changes(schedule_id)[0].changes
    assert said == {"then": [["report (succeeded)"], ["report (succeeded)", "tidy (succeeded)"]]}


def test_one_whose_kind_is_gone_is_told_and_nothing_is_started(
    set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule_id = hourly(set_clock, {"kind": "report"})
    monkeypatch.delitem(registry._kinds, "report")  # as when its file is taken away
    set_clock(NOON + timedelta(hours=1))

    assert firing.fire([schedule_id]) == []

    assert all_jobs() == []
    assert "report" in schedules.list_fires(schedule_id, limit=1)[0].reason
