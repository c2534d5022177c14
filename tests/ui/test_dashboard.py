"""The dashboard, as a person sees it. What the running jobs look like in a browser is tested in tests/browser."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from nicegui.testing import User

from app.db import JobFilter
from app.db.queries import jobs
from app.db.queries.dashboard import Hour
from app.db.queries.workers import WorkerStatus
from app.db.snapshots.parts import Failure
from app.errors import Unavailable
from app.pages.dashboard import reading
from app.pages.dashboard.reading import Figures, figures
from app.pages.dashboard.running_jobs import RunningJobs
from app.pages.history.view import view_of
from app.pages.live import bridge
from app.queue import JobContext, job, registry, retry, start
from app.queue.acts.queues import get_queue, pause, resume
from app.queue.kinds.registry import BrokenFile
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.patience import patient
from tests.store import claimed, done, stored
from tests.ui.tab import RETRIES, fill, names, one, open_tab, text_of, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person who has not opened a page yet; two kinds, one broken job file, and figures of an empty database."""

    @job(title="Render video", group="Media")
    def render(ctx: JobContext) -> str:
        """Transcode one master file.

        Not shown in the list.
        """
        return "1,290 segments"

    @job(title="Import orders", group="Shop", max_retries=0)
    def import_orders(ctx: JobContext) -> None:
        """Pull new orders."""
        raise RuntimeError("the shop is closed")

    registry.broken.append(BrokenFile(source="broken.py", error="broken.py, line 1: expected '('"))
    async with open_tab() as person:
        forget()
        yield person
    forget()


@pytest.fixture
async def kept(user: User) -> AsyncIterator[None]:
    """The figures are read by themselves, as in the web process."""
    reading.start()
    yield
    reading.stop()


def forget() -> None:
    """Put the figures back to what they are before the first reading."""
    fresh = Figures()
    for name in ("summaries", "hours", "workers", "queues", "runs", "schedules", "last_finished", "problem"):
        setattr(figures, name, getattr(fresh, name))


async def test_every_kind_can_be_started_and_a_broken_file_shows_its_error(user: User) -> None:
    await user.open("/")
    assert names(user, "start-") == ["start-render", "start-import_orders"]
    await user.should_see("Transcode one master file.")
    await user.should_not_see("Not shown in the list.")
    await user.should_see("broken.py could not be loaded")
    await user.should_see("line 1: expected '('")
    assert user.client is not None
    words = [getattr(element, "text", "") for element in user.client.layout.descendants()]
    assert words.index("broken.py could not be loaded") < words.index("Render video")  # seen without scrolling


async def test_a_kind_that_is_not_listed_is_not_offered(user: User) -> None:
    @job(listed=False)
    def by_programs_only(ctx: JobContext) -> None:
        """Run for a program."""

    await user.open("/")
    assert names(user, "start-") == ["start-render", "start-import_orders"]
    assert start("by_programs_only", {}, by=ME).title == "By programs only"


async def test_what_a_person_started_last_comes_first_the_next_time(user: User) -> None:
    await user.open("/")
    offered = [name for name in names(user, "start-") if name != "start-filter"]
    assert offered == ["start-render", "start-import_orders"]

    user.find(marker="start-import_orders").click()
    await until(lambda: names(user, "start-submit"))
    user.find(marker="start-submit").click()
    await user.should_see("Import orders #1 is started.", retries=RETRIES)
    await user.open("/")

    await user.should_see("Used last")
    assert names(user, "start-")[:2] == ["start-import_orders", "start-render"]


async def test_a_description_that_is_cut_can_be_read_by_pointing_at_it(user: User) -> None:
    await user.open("/")
    assert user.client is not None
    assert "Transcode one master file." in [each.props.get("title") for each in user.client.elements.values()]


async def test_start_opens_the_dialog_of_that_kind(user: User) -> None:
    await user.open("/")
    user.find(marker="start-render").click()
    await user.should_see("Start Render video")


async def test_counters_follow_the_totals(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    await user.open("/")
    monkeypatch.setattr(bridge.totals, "running", 3)
    monkeypatch.setattr(bridge.totals, "queued", 1284)
    assert text_of(user, "count-running") == "3"
    assert text_of(user, "count-queued") == "1,284"


async def test_before_anything_ran_each_part_says_what_to_do(user: User) -> None:
    await user.open("/")
    await reading.read()
    await user.should_see("Nothing has run yet.")
    await user.should_see("Nothing has ended in the last 24 hours.")
    await user.should_see("No worker has started yet.")
    await user.should_see("nothing waits")


async def test_finished_jobs_are_counted_and_listed(user: User, run_worker: Callable[..., WorkerLife]) -> None:
    await user.open("/")
    run_worker()
    good, bad = start("render", {}, by=ME), start("import_orders", {}, by=ME)
    await until_finished(good.id, bad.id)
    await reading.read()
    assert (text_of(user, "count-done"), text_of(user, "count-failed")) == ("1", "1")
    await user.should_see("50% of runs")
    assert set(names(user, "job-row-")) == {f"job-row-{good.id}", f"job-row-{bad.id}"}
    await user.should_see("1,290 segments")
    await user.should_see("RuntimeError: the shop is closed")
    await user.should_see("Ended")
    await user.should_not_see("Started")


async def test_job_ends_among_the_running_ones_before_it_stands_in_the_history(
    user: User, run_worker: Callable[..., WorkerLife], monkeypatch: pytest.MonkeyPatch
) -> None:
    screens: list[Callable[[dict[str, Any]], None]] = []

    def subscribe(screen: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        screens.append(screen)
        return screens.clear

    monkeypatch.setattr(bridge, "subscribe_cards", subscribe)
    await user.open("/")
    run_worker()
    last = start("render", {}, by=ME)
    for screen in screens:
        screen({"set": [{"id": last.id, "state": "running"}]})
    await until_finished(last.id)
    await reading.read()
    assert names(user, "job-row-") == []
    for screen in screens:
        screen({"set": [{"id": last.id, "state": "succeeded"}], "del": [last.id]})
    assert names(user, "job-row-") == [f"job-row-{last.id}"]


async def test_cancel_that_cannot_be_says_why(user: User) -> None:
    await user.open("/")
    user.find(RunningJobs).trigger("cancel", 404)
    await user.should_see("There is no job #404.")


async def test_database_away_says_so_and_goes_when_it_is_back(user: User, database: str) -> None:
    await user.open("/")
    figures.problem = "The database cannot be reached just now."
    await user.should_see("The database cannot be reached just now.")
    await user.should_see("Try again")
    figures.problem = None
    await user.should_not_see("Try again")


async def test_bar_of_an_hour_leads_to_its_jobs(user: User) -> None:
    await user.open("/")
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    later = at + timedelta(hours=1)
    figures.hours = [
        Hour(at=at, succeeded=33, failed=1, cancelled=2),
        Hour(at=later, succeeded=0, failed=0, cancelled=0),
    ]
    assert user.client is not None
    bars = [element.props for element in user.client.elements.values() if "jd-throughput__bar" in element.classes]
    view = view_of(bars[0]["href"])
    assert view.filter == JobFilter(finished_since=at, finished_until=later)
    assert "33 jobs done, 1 failed, 2 cancelled" in bars[0]["aria-label"]
    assert "href" not in bars[1]


async def test_worker_that_fell_silent_is_shown_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    await user.open("/")
    monkeypatch.setattr(bridge.running, "workers", dict.fromkeys(range(3), "worker-1"))
    figures.workers = [worker("worker-1", busy=3), worker("worker-2", silent_seconds=34)]
    await user.should_see("3 of 4 busy")
    await user.should_see("not heard for 30 s")
    await user.should_see("3 of 4 threads busy")


async def test_strip_cards_and_workers_agree_while_other_readings_are_cut_off(
    user: User, kept: None, run_worker: Callable[..., WorkerLife], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()

    @job(title="Wait", max_retries=0)
    def wait(ctx: JobContext) -> None:
        """Wait."""
        may_go_on.wait(patient(30))

    def cut_off(*_: object, **__: object) -> None:
        raise Unavailable("The database did not answer within 3 s.")

    def said() -> list[str]:
        assert user.client is not None
        texts = (getattr(element, "text", "") for element in user.client.layout.descendants())
        return [text for text in texts if text and text.endswith("threads busy")]

    monkeypatch.setattr(jobs, "recent_runs", cut_off)
    await user.open("/")
    run_worker(threads=4)
    try:
        started = [(await asyncio.to_thread(start, "wait", {}, by=ME)).id for _ in range(3)]
        await until(lambda: len(bridge._live_jobs.running_on()) == len(started))
        bridge._tick()
        await until(lambda: len(said()) == 2)

        assert [text.partition(" of ")[0] for text in said()] == ["3", "3"]
        assert said()[0] == said()[1]
        assert text_of(user, "count-running") == "3"
        assert sorted(card["id"] for card in bridge.cards() if card["state"] == "running") == started
    finally:
        may_go_on.set()


async def test_a_queue_is_paused_with_a_reason_and_resumed(user: User) -> None:
    await user.open("/")
    await reading.read()
    assert not one(user, "resume-queue-default").visible
    user.find(marker="queue-menu-default").click()
    user.find(marker="pause-queue-default").click()
    fill(user, "pause-reason", "the server moves", leave=False)
    user.find(marker="confirm-pause").click()

    await user.should_see("The queue default is paused.", retries=RETRIES)
    await reading.read()
    await user.should_see("Paused by local: the server moves.")
    await user.should_see("1 paused")

    user.find(marker="resume-queue-default").click()
    await user.should_see("The queue default is resumed.", retries=RETRIES)
    await reading.read()
    assert not one(user, "resume-queue-default").visible
    assert not get_queue("default").is_paused


async def test_a_pause_shows_while_other_figures_are_still_read(
    user: User, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await user.open("/")
    await until(lambda: figures.queues)
    others, may_go_on = threading.Event(), threading.Event()

    def read_slowly(kinds: list[str]) -> dict[str, Any]:
        others.set()
        assert may_go_on.wait(patient(30))
        return {}

    monkeypatch.setattr(jobs, "recent_runs", read_slowly)
    await asyncio.to_thread(start, "render", {}, by=ME)
    await until(others.is_set)

    try:
        await asyncio.to_thread(pause, "default", reason="the server moves", by=ME)
        await user.should_see("Paused by me: the server moves.", retries=RETRIES)
        await asyncio.to_thread(resume, "default", by=ME)
        await user.should_not_see("Paused by me: the server moves.", retries=RETRIES)
    finally:
        may_go_on.set()


async def test_what_waits_in_a_paused_queue_is_counted_at_once(
    user: User, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "QUIET_SECONDS", 3600)
    await user.open("/")
    await until(lambda: figures.queues)
    await asyncio.to_thread(pause, "default", by=ME)
    await user.should_see("Paused by me.", retries=RETRIES)

    for number in (1, 2):
        await asyncio.to_thread(start, "render", {}, by=ME)
        await user.should_see(f"{number} waiting", retries=RETRIES)


async def test_a_pause_that_ends_by_itself_is_gone_when_it_ends(
    user: User, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLOW_PAUSE_SECONDS", "QUIET_SECONDS"):
        monkeypatch.setattr(reading, name, 3600)
    await user.open("/")
    await until(lambda: figures.queues)

    await asyncio.to_thread(pause, "default", until=datetime.now(UTC) + timedelta(hours=1), by=ME)
    await until(lambda: one(user, "resume-queue-default").visible)

    await asyncio.to_thread(pause, "default", until=datetime.now(UTC) + timedelta(seconds=patient(2)), by=ME)

    await until(lambda: not one(user, "resume-queue-default").visible)


async def test_a_queue_with_jobs_that_nobody_listens_to_says_so(user: User) -> None:
    await user.open("/")
    start("render", {}, by=ME)
    await reading.read()
    await user.should_see("1 waiting")
    await user.should_see("No worker listens to default; its jobs wait until one does.")


async def test_slot_whose_job_could_not_be_interrupted_is_shown_as_abandoned(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await user.open("/")
    monkeypatch.setattr(bridge.running, "workers", {0: "worker-1"})
    figures.workers = [worker("worker-1", busy=1, abandoned=1), worker("worker-2")]
    await user.should_see("1 slot abandoned: its job did not let itself be interrupted")
    await user.should_see("●○○◌")
    figures.workers = [worker("worker-1"), worker("worker-2")]
    await user.should_not_see("abandoned")


@pytest.mark.parametrize(("hours_since_midnight", "done_today"), [(1, "0"), (12, "1")])
async def test_today_begins_at_the_midnight_of_the_reader(
    user: User, monkeypatch: pytest.MonkeyPatch, hours_since_midnight: int, done_today: str
) -> None:
    message = stored(kind="render")
    claimed(message)
    done(message, at=datetime.now(UTC) - timedelta(hours=3))
    since_midnight = datetime.now(UTC) - datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    zone = timezone(timedelta(hours=hours_since_midnight) - since_midnight)
    monkeypatch.setattr("app.pages.dashboard.readers_day.known_zone", lambda: zone)

    await user.open("/")
    await reading.read()

    assert text_of(user, "count-done") == done_today
    await user.should_see("nothing yet to compare with")


def worker(name: str, *, busy: int = 0, abandoned: int = 0, silent_seconds: float = 0.5) -> WorkerStatus:
    """Make a worker of four threads."""
    return WorkerStatus(
        id=name,
        name=name,
        machine="here",
        pid=1,
        threads=4,
        queues=["default"],
        running_job_ids=list(range(busy)),
        abandoned_threads=abandoned,
        started_at=datetime.now(UTC),
        seen_seconds_ago=silent_seconds,
        is_alive=silent_seconds < 10,
    )


async def until_finished(*job_ids: int) -> None:
    """Wait until these jobs have ended."""
    await until(lambda: all(jobs.get_job(job_id).state.is_finished for job_id in job_ids))


async def test_what_failed_today_leads_to_these_jobs_and_no_others(user: User) -> None:
    def fail() -> int:
        message = stored(kind="import_orders", max_attempts=1)
        claimed(message)
        done(message, outcome="failed", failure=Failure(type="E", message="m", signature="s"))
        return message.job_id

    again, still = [await asyncio.to_thread(fail) for _ in range(2)]
    await asyncio.to_thread(retry, again, by=ME)
    await user.open("/")
    await reading.read()
    await until(lambda: text_of(user, "count-failed") == "1")

    [link] = [each for each in one(user, "count-failed").ancestors() if each.tag == "a"]
    await user.open(link.props["href"])

    await until(lambda: names(user, "job-row-") == [f"job-row-{still}"])
    await user.should_see("1 job")
    await user.should_see("Finished from")
