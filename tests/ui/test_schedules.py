"""The pages of schedules: the list, one schedule, and the dialog that makes and changes one."""

import gc
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nicegui import ui
from nicegui.element import Element
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing import User
from nicegui.testing.user_interaction import UserInteraction

from app.actor import Actor
from app.db import JobFilter, JobSnapshot, State
from app.db.clock import now
from app.db.lifecycle.start import Message
from app.db.models.schedules import ScheduleRow
from app.db.queries import jobs
from app.db.queries.schedules import list_fires, list_schedules
from app.db.sql.sessions import session
from app.errors import Unavailable
from app.jobs.backfill import backfill
from app.pages.jobs.state_badge import StateBadge
from app.pages.schedules import page as schedules_page
from app.pages.time.browser_zone import choose_zone
from app.queue import JobContext, UploadedFile, job, registry
from app.queue.acts.schedules import changing, firing, reading
from app.queue.acts.schedules.changing import Wish, create, edit, pause, resume, run_now
from app.queue.acts.schedules.moving import importing
from app.queue.acts.schedules.reading import list_states
from tests.actors import ME, person
from tests.patience import patient
from tests.store import claimed, done
from tests.ui.tab import RETRIES, fill, one, open_tab, text_of, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, with one kind to schedule."""

    @job(title="Sweep up")
    def sweep_up(ctx: JobContext, size: int = 3) -> None:
        """Sweep."""

    @job(title="Send")
    def send(ctx: JobContext, file: UploadedFile) -> None:
        """Send a file on."""

    async with open_tab() as user:
        yield user


def _says(element: Element, words: str) -> bool:
    return words in getattr(element, "text", "")


def let_pass(schedule_id: int) -> None:
    """Let the pause of a schedule have ended by itself."""
    with session(write=True) as opened:
        row = opened.get(ScheduleRow, schedule_id)
        assert row is not None
        row.paused_until = now() - timedelta(hours=1)


def let_be_due(schedule_id: int, seconds: int) -> int:
    """Let the next instant of a schedule be one that lies so long ago. Returns the schedule."""
    with session(write=True) as opened:
        row = opened.get(ScheduleRow, schedule_id)
        assert row is not None
        row.next_at = now() - timedelta(seconds=seconds)
    return schedule_id


def refuse(*_: object, **__: object) -> None:
    """Fail, as a reading does while the database is away."""
    raise Unavailable("The database is away.")


def field(user: User, name: str) -> ui.input:
    """Return a field of the dialog."""
    found = one(user, name)
    assert isinstance(found, ui.input)
    return found


def type_import(user: User, source: str) -> None:
    """Write a part of Celery's configuration into the open import, and look at it."""
    wanted, text = one(user, "import-format"), one(user, "import-text")
    assert isinstance(wanted, ui.toggle)
    assert isinstance(text, ui.textarea)
    wanted.value = "celery"
    text.value = source
    user.find(marker="import-look").click()


async def test_a_schedule_is_made_with_its_words_and_next_instants_before_it_is_saved(user: User) -> None:
    await user.open("/schedules")
    await user.should_see("Nothing is scheduled.", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    kind = one(user, "schedule-kind")
    assert isinstance(kind, ui.select)
    kind.value = "sweep_up"
    field(user, "schedule-cron").value = "61 * * * *"
    await until(lambda: "'61' is no minute" in getattr(one(user, "error-schedule-cron"), "text", ""))
    user.find(marker="save-schedule").click()
    await until(lambda: "'61' is no minute" in getattr(one(user, "schedule-alert"), "text", ""))
    assert list_schedules() == []

    field(user, "schedule-cron").value = "*/7 * * * *; 0 9 13 * 5"
    field(user, "schedule-zone").value = "Europe/Berlin"
    await user.should_see("from the last to the next 0 it is 4 minutes, not 7", retries=RETRIES)
    await user.should_see("one of both is enough", retries=RETRIES)
    user.find(marker="save-schedule").click()

    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.cron, made.timezone, made.params) == (
        ("*/7 * * * *", "0 9 13 * 5"),
        "Europe/Berlin",
        {"size": 3},
    )


async def test_a_schedule_is_run_paused_with_a_reason_and_resumed(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    await user.open("/schedules")
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)
    user.find(marker=f"run-schedule-{made.id}").click()
    await user.should_see("Sweep up #1 is started.", retries=RETRIES)
    assert len(jobs.list_jobs(JobFilter()).items) == 1

    user.find(marker=f"pause-schedule-{made.id}").click()
    await user.should_see(marker="confirm-pause", retries=RETRIES)
    field(user, "pause-reason").value = "the disk is full"
    user.find(marker="pause-reason").trigger("keydown.enter")
    await user.should_see("Paused by local: the disk is full", retries=RETRIES)
    user.find(marker=f"resume-schedule-{made.id}").click()
    await user.should_see(marker=f"pause-schedule-{made.id}", retries=RETRIES)
    assert list_schedules()[0].paused_at is None


@pytest.mark.parametrize("path", ["/schedules", "/schedules/1"])
async def test_what_a_schedule_started_meanwhile_is_seen_on_the_open_page(user: User, path: str) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    await user.open(path)
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)
    await user.should_not_see(kind=StateBadge)

    firing.fire([let_be_due(made.id, 0)])

    await user.should_see(kind=StateBadge, retries=RETRIES)


@pytest.mark.parametrize("path", ["/schedules", "/schedules/1"])
async def test_what_somebody_else_changes_is_seen_on_the_open_page(user: User, path: str) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    await user.open(path)
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)

    edit(made.id, Wish(cron=("0 4 * * *",)), by=person("ann"))
    await user.should_see("At 04:00 every day (UTC)", retries=RETRIES)
    pause(made.id, reason="the disk is full", by=person("ann"))

    await user.should_see("Paused by ann: the disk is full", retries=RETRIES)


@pytest.mark.parametrize("path", ["/schedules", "/schedules/1"])
async def test_what_comes_by_itself_is_seen_on_the_open_page(
    user: User, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules_page, "LOOK_AGAIN_SECONDS", 0.1)
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    pause(made.id, reason="the disk is full", until=now() + timedelta(days=1), by=ME)
    await user.open(path)
    await user.should_see(marker=f"resume-schedule-{made.id}", retries=RETRIES)

    let_pass(made.id)
    await user.should_see(marker=f"pause-schedule-{made.id}", retries=RETRIES)
    await user.should_not_see("Paused by")
    let_be_due(made.id, 600)

    await user.should_see("nothing became of it", retries=RETRIES)
    with monkeypatch.context() as broken:
        for name in ("list_states", "get_state"):
            broken.setattr(reading, name, refuse)
        await user.should_see("The database is away.", retries=RETRIES)
    await user.should_see("nothing became of it", retries=RETRIES)


async def test_an_open_page_looks_again_when_a_pause_ends(room: Path) -> None:
    @job
    def sweep_up(ctx: JobContext) -> None:
        """Sweep."""

    create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    paused = create("sweep_up", Wish(cron=("0 4 * * *",)), by=ME).id
    assert schedules_page.seconds_to_change(list_states()) == schedules_page.LOOK_AGAIN_SECONDS
    pause(paused, until=now() + timedelta(seconds=50), by=ME)
    assert schedules_page.seconds_to_change(list_states()) < schedules_page.LOOK_AGAIN_SECONDS

    let_pass(paused)

    assert schedules_page.seconds_to_change(list_states()) == schedules_page.LOOK_AGAIN_SECONDS


async def test_a_reason_that_is_being_typed_stays_while_the_page_is_drawn_anew(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    await user.open("/schedules")
    await user.should_see(marker=f"pause-schedule-{made.id}", retries=RETRIES)
    user.find(marker=f"pause-schedule-{made.id}").click()
    await user.should_see(marker="pause-reason", retries=RETRIES)
    field(user, "pause-reason").value = "the disk is full"

    edit(made.id, Wish(cron=("0 4 * * *",)), by=person("ann"))
    await user.should_see("At 04:00 every day (UTC)", retries=RETRIES)
    gc.collect()
    user.find(marker="confirm-pause").click()

    await user.should_see("Paused by local: the disk is full", retries=RETRIES)


async def test_a_pause_ends_at_the_time_that_was_typed_by_the_clock_of_the_reader(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    await user.open("/schedules")
    with user:
        choose_zone("America/New_York")
    await user.should_see(marker=f"pause-schedule-{made.id}", retries=RETRIES)
    user.find(marker=f"pause-schedule-{made.id}").click()
    await user.should_see(marker="pause-length", retries=RETRIES)
    length = one(user, "pause-length")
    assert isinstance(length, ui.select)
    length.value = list(length.options)[-1]
    await user.should_see("In the zone America/New_York.", retries=RETRIES)
    no_time = "Choose a date and a time."
    for typed, said in (("9999-12-31T23:59", no_time), ("2020-01-01T08:00", "That time has passed."), ("", no_time)):
        field(user, "pause-until").value = typed
        user.find(marker="confirm-pause").click()
        await user.should_see(said, retries=RETRIES)
    assert list_schedules()[0].paused_at is None

    field(user, "pause-until").value = "2099-07-01T08:00"
    user.find(marker="confirm-pause").click()

    await user.should_see("Paused by local until 2099-07-01 08:00 (America/New_York).", retries=RETRIES)
    assert list_schedules()[0].paused_until == datetime(2099, 7, 1, 12, tzinfo=UTC)


async def test_the_page_of_a_schedule_shows_its_policies_and_keeps_who_changed_what(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), overlap="skip", params={"size": 5}), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)
    await user.should_see("The instant starts nothing, and says so.", retries=RETRIES)
    await user.should_see("None of its instants has come yet.", retries=RETRIES)
    user.find(marker=f"edit-schedule-{made.id}").click()
    await user.should_see(marker="schedule-cron", retries=RETRIES)
    field(user, "schedule-cron").value = "0 4 * * *"
    await user.should_see("Was: At 03:00 every day (UTC)", retries=RETRIES)
    await user.should_see("No more: ", retries=RETRIES)
    user.find(marker="then-add").click()
    await user.should_see(marker="then-kind", retries=RETRIES)
    fill(user, "then-kind", "sweep_up", leave=False)
    fill(user, "then-when", "finished", leave=False)
    user.find(marker="save-schedule").click()

    await user.should_see("At 04:00 every day (UTC)", retries=RETRIES)
    await user.should_see("cron: 0 3 * * * → 0 4 * * *", retries=RETRIES)
    assert list_schedules()[0].params == {"size": 5}
    await user.should_see("Then Sweep up, when that has ended.", retries=RETRIES)
    assert [(one.kind, one.params, one.when) for one in list_schedules()[0].then] == [
        ("sweep_up", {"size": 3}, "finished")
    ]


async def test_a_schedule_that_was_deleted_is_told_on_the_list(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), name="The night"), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"delete-schedule-{made.id}", retries=RETRIES)

    user.find(marker=f"delete-schedule-{made.id}").click()
    await user.should_see(marker="confirm-delete", retries=RETRIES)
    user.find(marker="confirm-delete").click()

    await user.should_see("The schedule The night is deleted.", retries=RETRIES)
    assert list_schedules() == []


async def test_an_instant_is_told_in_the_zone_of_the_schedule_and_by_the_clock_of_the_reader(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), timezone="Asia/Kathmandu"), by=ME)
    pause(made.id, until=datetime(2099, 1, 2, 3, 4, tzinfo=UTC), reason="holidays", by=ME)
    resume(made.id, by=ME)
    await user.open("/schedules")
    await user.should_see("03:00 +0545", retries=RETRIES)
    await user.should_see(" here", retries=RETRIES)
    await user.open(f"/schedules/{made.id}")
    await user.should_see("Late by less than 1 min is in time.", retries=RETRIES)
    await user.should_see(" here", retries=RETRIES)
    await user.should_see("2099-01-02 03:04 UTC", retries=RETRIES)


async def test_each_instant_that_started_no_job_is_a_row_that_says_why_and_is_not_red(user: User) -> None:
    @job(title="Alone", unique="params")
    def alone(ctx: JobContext) -> None:
        """Do nothing."""

    def due(kind: str, ago: int, **wish: object) -> int:
        seldom = Wish(cron=("0 3 29 2 *",), **wish)  # type: ignore[typeddict-item]  # of a Wish: no other instant is due
        made = create(kind, seldom, by=ME)
        return let_be_due(made.id, ago)

    overlapping, missed, same = (
        due("sweep_up", 1, overlap="skip"),
        due("sweep_up", 600, misfire="skip"),
        due("alone", 1),
    )
    [first] = firing.fire([overlapping])
    run_now(same, by=ME)
    firing.fire([let_be_due(overlapping, 0), missed, same])
    other = jobs.list_jobs(JobFilter(kind="alone")).items[0]
    message = Message(job_id=other.id, token=1, queue="default", priority="normal", kind="alone")
    assert claimed(message)
    done(message, outcome="failed")

    for schedule_id, why in (
        (overlapping, f"Job #{first.id} of this schedule was unfinished."),
        (missed, "It was missed: no scheduler ran, or the machine slept."),
        (same, f"Job #{other.id} of the same unique key was unfinished."),
    ):
        await user.open(f"/schedules/{schedule_id}")
        await user.should_see(why, retries=RETRIES)
        row = one(user, f"fire-{list_fires(schedule_id, limit=1)[0].id}")
        said = [getattr(each, "text", "") for each in row.descendants()]
        assert (row.props["data-outcome"], "skipped" in said, why in said) == ("skipped", True, True)
        assert [each for each in row.descendants() if isinstance(each, StateBadge)] == []


@pytest.mark.parametrize("path", ["/schedules/77", "/schedules/seven"])
async def test_a_schedule_that_is_not_there_is_told(user: User, path: str) -> None:
    await user.open(path)
    await user.should_see(
        "There is no schedule #77" if path.endswith("77") else "not a schedule's number", retries=RETRIES
    )
    await user.should_see("All schedules")


async def test_the_missed_ones_are_counted_asked_for_and_undone(user: User) -> None:
    registry.add(backfill)
    made = create("sweep_up", Wish(every_seconds=3600), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"backfill-{made.id}", retries=RETRIES)
    user.find(marker=f"backfill-{made.id}").click()
    await user.should_see(marker="backfill-since", retries=RETRIES)
    field(user, "backfill-since").value = "2026-01-01T00:30"
    field(user, "backfill-until").value = "2026-01-01T03:30"
    await user.should_see("3 instants without a job.", retries=RETRIES)
    user.find(marker="confirm-backfill").click()
    await user.should_see("Run 3 missed instants of Sweep up", retries=RETRIES)
    user.find(marker="undo-backfill").click()
    await user.should_see("Undone: nothing was started.", retries=RETRIES)
    assert [one.state for one in jobs.list_jobs(JobFilter()).items] == [State.CANCELLED]


async def test_a_file_is_not_taken_where_the_schedule_would_not_keep_it(user: User) -> None:
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    kind = one(user, "schedule-kind")
    assert isinstance(kind, ui.select)

    kind.value = "send"

    await user.should_see("A file that was uploaded is not kept for later runs.", retries=RETRIES)
    inside = one(user, "field-file").descendants()
    assert [each.visible for each in inside if isinstance(each, ui.upload)] == [False]


async def test_a_press_while_a_run_is_stored_that_waited_for_its_file_runs_no_other(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    @job
    def tell(ctx: JobContext, file: UploadedFile | None = None) -> None:
        """Tell."""

    made = create("tell", Wish(cron=("0 0 1 1 *",), params={}), by=ME)
    asked, let_go = threading.Event(), threading.Event()

    def run_slowly(*args: Any, **options: Any) -> JobSnapshot:
        asked.set()
        assert let_go.wait(patient(30))
        return run_now(*args, **options)

    monkeypatch.setattr(changing, "run_now", run_slowly)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"run-with-{made.id}", retries=RETRIES)
    user.find(marker=f"run-with-{made.id}").click()
    await user.should_see(marker="field-file", retries=RETRIES)
    upload = next(each for each in one(user, "field-file").descendants() if isinstance(each, ui.upload))
    UserInteraction(user, {upload}, None).trigger("uploading")
    user.find(marker="run-with-params").click()
    await user.should_see("The file is still on its way; the job starts when it is here.", retries=RETRIES)
    with upload:
        await upload.handle_uploads([SmallFileUpload("a.csv", "text/csv", b"a,b\n")])
    await until(asked.is_set)

    user.find(marker="run-with-params").click()

    await user.should_see("a.csv", retries=RETRIES)
    let_go.set()
    await until(lambda: jobs.list_jobs(JobFilter()).items)
    user.find(marker=f"run-schedule-{made.id}").click()
    await until(lambda: len(jobs.list_jobs(JobFilter()).items) > 1)
    assert [bool(each.params["file"]) for each in jobs.list_jobs(JobFilter()).items] == [False, True]


async def test_a_rule_is_filled_in_as_an_interval_with_days_and_hours_without_it(user: User) -> None:
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    kind, mode, days = one(user, "schedule-kind"), one(user, "schedule-mode"), one(user, "schedule-exclude")
    assert isinstance(kind, ui.select)
    assert isinstance(mode, ui.toggle)
    assert isinstance(days, ui.textarea)
    kind.value, mode.value = "sweep_up", "every"
    field(user, "schedule-every").value = "often"
    user.find(marker="save-schedule").click()
    await until(lambda: "1h 30m" in getattr(one(user, "schedule-alert"), "text", ""))

    field(user, "schedule-every").value = "1h 30m"
    field(user, "schedule-not-between").value = "22:00-06:00"
    days.value = "2099-12-24, 2099-12-25"
    await user.should_see("Every 90 minutes; not between 22:00 and 06:00; not on 2 days", retries=RETRIES)
    field(user, "schedule-holidays").value = "XX"
    user.find(marker="add-holidays").click()
    await user.should_see("The holidays of 'XX' are not known.", retries=RETRIES)
    user.find(marker="save-schedule").click()

    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.every_seconds, made.not_between) == (5400, (("22:00", "06:00"),))
    assert made.exclude == ("2099-12-24", "2099-12-25")


async def test_an_import_asks_which_kind_stands_for_a_task_and_takes_the_zone_of_its_program(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "zone_of_machine", lambda: "Asia/Tokyo")
    await user.open("/schedules")
    await user.should_see(marker="import-schedules", retries=RETRIES)
    user.find(marker="import-schedules").click()
    await user.should_see(marker="import-format", retries=RETRIES)
    assert field(user, "import-zone").value == "Asia/Tokyo"
    type_import(user, "beat_schedule = {'night': {'task': 'shop.sweep', 'schedule': crontab(minute=30, hour=2)}}")
    await user.should_see("There is no kind for shop.sweep.", retries=RETRIES)
    assert one(user, "import-items").props["tabindex"] == 0  # it scrolls, by the keyboard too
    chosen = one(user, "import-kind-shop.sweep")
    assert isinstance(chosen, ui.select)
    chosen.value = "sweep_up"
    await user.should_see("sweep_up: At 02:30 every day (UTC)", retries=RETRIES)
    user.find(marker="import-make").click()

    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.kind, made.cron, made.timezone, made.name) == ("sweep_up", ("30 2 * * *",), "UTC", "night")


async def test_a_look_that_ends_late_shows_nothing_of_another_text(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    look, may_end = importing.look, threading.Event()

    def look_late(asked: importing.Import, *, by: Actor) -> list[importing.Item]:
        may_end.wait(patient(60))
        return look(asked, by=by)

    monkeypatch.setattr(importing, "look", look_late)
    await user.open("/schedules")
    await user.should_see(marker="import-schedules", retries=RETRIES)
    user.find(marker="import-schedules").click()
    await user.should_see(marker="import-text", retries=RETRIES)
    source = one(user, "import-text")
    assert isinstance(source, ui.textarea)
    source.value = "0 3 * * * true"
    user.find(marker="import-look").click()
    await user.should_see("Looking at what fires when", retries=RETRIES)

    source.value = "0 4 * * * true"
    may_end.set()

    await until(lambda: "loading" not in one(user, "import-look").props)
    await user.should_not_see("0 3 * * * true")


async def test_a_look_that_ends_late_leaves_what_a_newer_one_says(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    look, may_end, ended = importing.look, threading.Event(), threading.Event()

    def look_late(asked: importing.Import, *, by: Actor) -> list[importing.Item]:
        if asked.kinds:
            raise Unavailable("The database is away.")
        if ended.is_set():
            may_end.wait(patient(60))
        ended.set()
        return look(asked, by=by)

    monkeypatch.setattr(importing, "look", look_late)
    await user.open("/schedules")
    await user.should_see(marker="import-schedules", retries=RETRIES)
    user.find(marker="import-schedules").click()
    await user.should_see(marker="import-format", retries=RETRIES)
    type_import(user, "beat_schedule = {'night': {'task': 'shop.sweep', 'schedule': crontab(minute=30, hour=2)}}")
    await user.should_see("There is no kind for shop.sweep.", retries=RETRIES)
    await until(lambda: "loading" not in one(user, "import-look").props)
    user.find(marker="import-look").click()
    await user.should_see("Looking at what fires when", retries=RETRIES)

    chosen = one(user, "import-kind-shop.sweep")
    assert isinstance(chosen, ui.select)
    chosen.value = "sweep_up"
    await user.should_see("The database is away.", retries=RETRIES)
    may_end.set()

    await until(lambda: "loading" not in one(user, "import-look").props)
    assert text_of(user, "import-alert") == "The database is away."


async def test_what_another_tab_changed_meanwhile_is_said_before_it_is_overwritten(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), name="Nightly"), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"edit-schedule-{made.id}", retries=RETRIES)
    user.find(marker=f"edit-schedule-{made.id}").click()
    await user.should_see(marker="schedule-cron", retries=RETRIES)
    field(user, "schedule-cron").value = "0 4 * * *"
    edit(made.id, Wish(name="Weekly", cron=("0 5 * * 1",)), by=ME)
    user.find(marker="save-schedule").click()

    await until(lambda: "changed meanwhile: name, cron" in getattr(one(user, "schedule-alert"), "text", ""))
    assert (list_schedules()[0].name, list_schedules()[0].cron) == ("Weekly", ("0 5 * * 1",))

    user.find(marker="save-schedule").click()
    await until(lambda: (list_schedules()[0].name, list_schedules()[0].cron) == ("Nightly", ("0 4 * * *",)))


async def test_what_no_field_shows_of_a_rule_stays_as_it_was(user: User) -> None:
    second_pass = datetime(2099, 10, 25, 1, 30, 15, tzinfo=UTC)  # 02:30:15 for the second time
    windows = ((time(9, 0, 30), time(10)),)
    made = create("sweep_up", Wish(at=second_pass, timezone="Europe/Berlin", not_between=windows), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"edit-schedule-{made.id}", retries=RETRIES)
    user.find(marker=f"edit-schedule-{made.id}").click()
    await user.should_see(marker="schedule-name", retries=RETRIES)
    field(user, "schedule-name").value = "Once"
    user.find(marker="save-schedule").click()

    await until(lambda: list_schedules()[0].name == "Once")
    [changed] = list_schedules()
    assert (changed.at, changed.not_between) == (second_pass, (("09:00:30", "10:00"),))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
async def test_a_year_that_is_half_typed_is_no_time_yet(user: User, zone: str) -> None:
    registry.add(backfill)
    made = create("sweep_up", Wish(cron=("0 3 * * *",), timezone=zone), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"backfill-{made.id}", retries=RETRIES)
    user.find(marker=f"backfill-{made.id}").click()
    await user.should_see(marker="backfill-since", retries=RETRIES)
    field(user, "backfill-since").value = "0001-01-01T00:00"
    await user.should_see("Choose two times.", retries=RETRIES)


async def test_policies_are_filled_in_as_words_and_what_does_not_fit_is_told_beside_each(user: User) -> None:
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    user.find(marker="save-schedule").click()
    await until(lambda: getattr(one(user, "error-schedule-kind"), "text", "") == "Choose what it starts.")
    kind = one(user, "schedule-kind")
    assert isinstance(kind, ui.select)
    kind.value = "sweep_up"
    field(user, "schedule-zone").value = "Europe/Berlim"
    field(user, "schedule-tolerance").value = "soon"
    field(user, "schedule-failures").value = "2.5"
    user.find(marker="save-schedule").click()
    for name, said in (("tolerance", "Not a duration."), ("failures", "A whole number"), ("zone", "no time zone")):
        told = one(user, f"error-schedule-{name}")
        await until(partial(_says, told, said))
    assert list_schedules() == []

    field(user, "schedule-zone").value = "Europe/Berlin"
    field(user, "schedule-tolerance").value = "5m"
    field(user, "schedule-late").value = "1h"
    field(user, "schedule-failures").value = "3"
    user.find(marker="save-schedule").click()
    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.misfire_after_seconds, made.late_after_seconds, made.pause_after_failures) == (300, 3600, 3)


async def test_who_joins_a_crowd_at_the_full_hour_is_told_before_it_is_saved(user: User) -> None:
    for _ in range(9):
        create("sweep_up", Wish(cron=("0 * * * *",)), by=ME)
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see("9 other schedules start at the full hour, too", retries=RETRIES)
