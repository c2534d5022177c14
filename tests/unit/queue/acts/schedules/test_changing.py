"""What people change about schedules: checked before anything is stored, kept with who made it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.db.queries.schedules import get_schedule, list_changes, list_fires, list_schedules
from app.db.schedules.declaring import declare
from app.db.snapshots.secrets import hidden_kinds
from app.errors import Forbidden, InvalidInput, NotFound, WrongState
from app.queue import JobContext, Secret, job
from app.queue.acts.schedules import firing
from app.queue.acts.schedules.changing import Wish, create, delete, edit, pause, put_back, resume, run_now
from app.queue.acts.schedules.declaring import declare_all, next_after
from app.queue.acts.schedules.reading import get_state
from app.queue.events.types import JobEvent, SchedulesChanged
from app.queue.transport import sender
from tests.actors import ME, person

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def kinds(room: object, set_clock: Callable[[datetime], None]) -> None:
    """Kinds to schedule, at noon."""

    @job(title="Tidy up")
    def tidy(ctx: JobContext, size: int = 3, key: Secret = Secret("k")) -> None:  # noqa: B008
        """Do nothing."""

    @job(off_unless="allow_commands")
    def risky(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    set_clock(NOON)


def test_whatever_is_changed_is_told_to_the_open_pages(told: list[JobEvent]) -> None:
    made = create("tidy", Wish(cron=("0 3 * * *",)), by=ME)
    pause(made.id, by=ME)
    resume(made.id, by=ME)
    edit(made.id, Wish(cron=("0 4 * * *",)), by=ME)
    edit(made.id, Wish(cron=("0 4 * * *",)), by=ME)  # nothing changes
    delete(made.id, by=ME)
    assert told == [SchedulesChanged(schedule_ids=[made.id])] * 5


def test_a_schedule_that_is_made_says_all_about_itself() -> None:
    wish = Wish(
        name="Nightly tidy",
        cron=("0 3 * * *", "0 15 * * 6"),
        timezone="Europe/Berlin",
        exclude=(date(2027, 12, 24),),
        not_between=((time(22), time(6)),),
        params={"size": 5},
        overlap="skip",
    )
    made = create("tidy", wish, by=person("ops"))
    state = get_state(made.id)
    assert (state.title, state.schedule.params["size"], state.schedule.params["key"]) == ("Nightly tidy", 5, "•••")
    assert state.schedule.cron == ("0 3 * * *", "0 15 * * 6")
    assert state.sentence == (
        "At 03:00 every day; and at 15:00 on Saturday; not between 22:00 and 06:00; not on 2027-12-24"
    )
    assert state.next == datetime(2027, 1, 2, 14, tzinfo=UTC)
    assert (made.created_by, made.is_from_code) == ("ops", False)
    assert [one.act for one in list_changes(made.id)] == ["create"]


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (Wish(cron=("0 0 31 2 *",)), ["cron"]),
        (Wish(cron=("0 3 * * *",), timezone="Mars/Base"), ["timezone"]),
        (Wish(at=NOON - HOUR), ["at"]),
        (Wish(), ["cron"]),
        (Wish(cron=("0 3 * * *",), params={"size": "big"}), ["size"]),
        (Wish(cron=("0 3 * * *",), params={"colour": 1}), ["colour"]),
        (Wish(cron=("0 3 * * *",), misfire="never", overlap="both"), ["misfire", "overlap"]),
        (
            Wish(cron=("0 3 * * *",), misfire_after_seconds=0, pause_after_failures=0),
            ["misfire_after_seconds", "pause_after_failures"],
        ),
        (Wish(cron=("0 3 * * *",), name="two\nlines"), ["name"]),
    ],
)
def test_what_does_not_fit_is_told_by_its_field_and_nothing_is_stored(wish: Wish, fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        create("tidy", wish, by=ME)
    assert [one.field for one in caught.value.fields] == fields
    assert list_schedules() == []


def test_a_kind_that_is_unknown_or_off_is_refused() -> None:
    with pytest.raises(NotFound):
        create("tody", Wish(every_seconds=60), by=ME)
    with pytest.raises(Forbidden):
        create("risky", Wish(every_seconds=60), by=ME)


def test_an_edit_changes_what_it_names_and_tells_before_and_after() -> None:
    made = create("tidy", Wish(cron=("0 3 * * *",)), by=ME)
    edited = edit(made.id, Wish(every_seconds=900, params={"size": 7, "key": "•••"}), by=person("ops"))
    assert (edited.cron, edited.every_seconds, edited.next_at) == ((), 900, NOON + timedelta(minutes=15))
    change = list_changes(made.id)[0]
    assert (change.act, change.by) == ("edit", "ops")
    assert change.changes["cron"] == ["0 3 * * *", ""]
    assert change.changes["every_seconds"] == [None, 900]
    assert [one["key"] for one in change.changes["params"]] == ["•••", "•••"]


def test_an_edit_of_policies_leaves_the_next_instant_and_one_that_changes_nothing_is_not_kept() -> None:
    made = create("tidy", Wish(every_seconds=900, aligned=False), by=ME)
    assert edit(made.id, Wish(overlap="skip"), by=ME).next_at == made.next_at
    edit(made.id, Wish(overlap="skip", every_seconds=900), by=ME)
    assert len(list_changes(made.id)) == 2


def test_a_refused_edit_changes_nothing() -> None:
    made = create("tidy", Wish(cron=("0 3 * * *",)), by=ME)
    with pytest.raises(InvalidInput):
        edit(made.id, Wish(cron=("61 3 * * *",)), by=ME)
    assert get_schedule(made.id) == made


def test_what_a_file_declared_keeps_its_edit_shows_it_and_is_put_back() -> None:
    @job(schedule="0 3 * * *", timezone="Europe/Berlin")
    def nightly(ctx: JobContext) -> None:
        """Do nothing."""

    declare_all()
    [declared] = [one for one in list_schedules() if one.kind == "nightly"]
    assert not declared.differs

    edited = edit(declared.id, Wish(cron=("0 5 * * *",)), by=ME)
    declare_all()

    kept = get_schedule(declared.id)
    assert (kept, kept.differs, kept.declared_cron) == (edited, True, "0 3 * * *")
    back = put_back(declared.id, by=ME)
    assert (back.cron, back.differs) == (("0 3 * * *",), False)
    assert [one.act for one in list_changes(declared.id)] == ["put back", "edit"]
    with pytest.raises(WrongState, match="declared by the file"):
        delete(declared.id, by=ME)


def test_only_what_a_file_declared_is_put_back() -> None:
    made = create("tidy", Wish(every_seconds=900), by=ME)
    with pytest.raises(WrongState):
        put_back(made.id, by=ME)


def test_what_a_person_made_rests_not_when_files_are_read_again() -> None:
    made = create("tidy", Wish(every_seconds=900), by=ME)
    declare([], next_after)
    assert get_schedule(made.id) == made


def test_a_pause_names_who_and_why_and_is_refused_for_the_past() -> None:
    made = create("tidy", Wish(every_seconds=900), by=ME)
    paused = pause(made.id, reason="disk", until=NOON + HOUR, by=person("ops"))
    assert (paused.paused_by, paused.paused_reason, paused.paused_until) == ("ops", "disk", NOON + HOUR)
    with pytest.raises(InvalidInput) as caught:
        pause(made.id, until=NOON, reason="x" * 501, by=ME)
    assert [one.field for one in caught.value.fields] == ["reason", "until"]
    assert resume(made.id, by=ME).paused_at is None
    resume(made.id, by=ME)
    assert [one.act for one in list_changes(made.id)] == ["resume", "pause", "create"]


def test_run_now_takes_other_params_for_this_job_alone_and_leaves_the_next_instant() -> None:
    made = create("tidy", Wish(every_seconds=900, params={"size": 5}), by=ME)
    started = run_now(made.id, params={"size": 8}, by=person("ops"))
    assert (started.params["size"], started.schedule_id, started.scheduled_for) == (8, made.id, None)
    assert started.created_by == "ops"
    assert run_now(made.id, by=ME).params["size"] == 5
    assert get_schedule(made.id) == made
    with pytest.raises(InvalidInput):
        run_now(made.id, params={"size": "big"}, by=ME)


def test_what_is_deleted_fires_no_more_and_keeps_its_history(set_clock: Callable[[datetime], None]) -> None:
    made = create("tidy", Wish(every_seconds=900), by=ME)
    set_clock(NOON + timedelta(minutes=15))
    assert len(firing.fire([made.id])) == 1

    delete(made.id, by=ME)

    set_clock(NOON + timedelta(minutes=30))
    assert firing.fire([made.id]) == []
    assert list_schedules() == []
    with pytest.raises(NotFound):
        get_schedule(made.id)
    assert len(list_fires(made.id, limit=10)) == 1
    assert [one.act for one in list_changes(made.id)] == ["delete", "create"]


def test_what_is_said_of_a_change_has_no_params_of_a_private_kind_for_whom_they_are_not() -> None:
    @job(private=True)
    def pay(ctx: JobContext, account: str = "a") -> None:
        """Pay."""

    made = create("pay", {"cron": ("0 3 * * *",), "params": {"account": "DE02"}}, by=ME)
    edit(made.id, {"params": {"account": "DE03"}}, by=ME)
    seen = list_changes(made.id)[0].changes["params"]
    hidden = hidden_kinds.set(frozenset({"pay"}))
    try:
        veiled = list_changes(made.id)[0].changes["params"]
    finally:
        hidden_kinds.reset(hidden)
    assert seen == [{"account": "DE02"}, {"account": "DE03"}]
    assert veiled == [{"account": "private"}, {"account": "private"}]
