"""The frame around the pages: navigation, theme, connection, palette, shortcuts, and the leaving of a page."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui import Event, app, ui
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from app.db.snapshots.parts import Progress
from app.pages.dashboard.reading import Figures, figures
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.shell.layout import PLACES
from app.pages.shell.shortcuts import Shortcuts
from app.pages.shell.standing_notice import say
from app.queue import JobContext, cancel, job, registry, start
from tests import store
from tests.actors import ME
from tests.ui.tab import fill, names, one, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, with one kind to start."""

    @job(title="Render video", group="Media", tags=["film"])
    def render(ctx: JobContext) -> None:
        """Transcode one master file."""

    async with open_tab() as person:
        await person.open("/")
        yield person


def place(user: User) -> str:
    """Return the path that the page shows."""
    assert user.client is not None
    return user.client.sub_pages_router.current_path


async def test_click_on_history_goes_there_and_marks_it_as_the_present_page(user: User) -> None:
    user.find(marker="go-history").click()
    await until(lambda: place(user) == "/history")
    assert one(user, "go-history").props["aria-current"] == "page"
    assert "aria-current" not in one(user, "go-dashboard").props


async def test_unknown_address_says_so(user: User) -> None:
    with user:
        ui.navigate.to("/nowhere")
    await user.should_see("There is no page here")


async def test_theme_that_was_chosen_is_there_again_after_a_reload(user: User) -> None:
    user.find(marker="theme").click()
    user.find(marker="theme-dark").click()
    with user:
        assert app.storage.user["theme"] == "dark"
    await user.open("/")
    assert next(iter(user.find(ui.dark_mode).elements)).value is True
    user.find(marker="theme").click()
    assert one(user, "theme-dark").props["aria-checked"] == "true"


async def test_connection_says_what_is_away_and_what_happens_next(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge.connection, "sentence", "Live updates are interrupted while Redis is away.")
    monkeypatch.setattr(bridge.connection, "state", "reconnecting")
    shown = one(user, "connection").props
    assert (shown["state"], shown["sentence"]) == ("reconnecting", "Live updates are interrupted while Redis is away.")
    bridge.connection.state = "live"
    assert shown["state"] == "live"


async def test_that_no_scheduler_runs_is_said_once_it_has_lasted(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = one(user, "connection").props
    bridge.tell_trouble("No scheduler is running.")
    assert shown["trouble"] == ""
    monkeypatch.setattr(bridge, "TROUBLE_SECONDS", 0)
    bridge.tell_trouble("No scheduler is running.")
    assert shown["trouble"] == "No scheduler is running."
    bridge.tell_trouble(None)
    assert shown["trouble"] == ""


async def test_palette_starts_a_kind_found_by_its_tag(user: User) -> None:
    user.find(marker="palette").click()
    fill(user, "palette-query", "film", leave=False)
    user.find(marker="palette-query").trigger("keydown", "Enter")
    await user.should_see("Start Render video")


async def test_palette_opens_a_job_by_its_number(user: User) -> None:
    user.find(marker="palette").click()
    fill(user, "palette-query", "#184221", leave=False)
    await user.should_see("Job #184221")
    user.find(marker="palette-0").click()
    await until(lambda: place(user) == "/jobs/184221")


async def test_palette_names_a_job_by_its_number_and_lists_the_last_ones_below_all_else(user: User) -> None:
    job_id = start(registry.get("render"), {}, by=ME).id
    cancel(job_id, by=ME)
    user.find(marker="palette").click()

    await until(lambda: palette(user)[-1:] == [("Recent jobs", f"Render video #{job_id}", "Cancelled")])
    assert [heading for heading, _, _ in palette(user)] == ["Start", *["Pages"] * len(PLACES), "Recent jobs"]

    fill(user, "palette-query", f"#{job_id}", leave=False)
    await until(lambda: palette(user)[0] == ("Job", f"Render video #{job_id}", "Cancelled"))
    fill(user, "palette-query", "video cancelled", leave=False)
    assert [line for line in palette(user) if line[0] != "History"] == [
        ("Recent jobs", f"Render video #{job_id}", "Cancelled")
    ]
    user.find(marker="palette-0").click()
    await until(lambda: place(user) == f"/jobs/{job_id}")


def palette(user: User) -> list[tuple[str, str, str]]:
    """Return the lines of the palette: heading, label, note."""
    lines = [one(user, name) for name in names(user, "palette-") if name != "palette-query"]
    found = []
    for line in lines:
        assert line.parent_slot is not None
        _, label, note = line
        found.append((line.parent_slot.parent.props["aria-label"], cast(Any, label).text, cast(Any, note).text))
    return found


async def test_palette_moves_the_choice_with_the_arrow_keys(user: User) -> None:
    user.find(marker="palette").click()
    user.find(marker="palette-query").trigger("keydown", "ArrowDown")
    assert [one(user, name).props["aria-selected"] for name in names(user, "palette-")[1:]] == [
        "false",
        "true",
        *["false"] * (len(names(user, "palette-")) - 3),
    ]
    user.find(marker="palette-query").trigger("keydown", "Enter")
    await until(lambda: one(user, "go-dashboard").props.get("aria-current") == "page")


async def test_palette_offers_the_history_for_anything_else(user: User) -> None:
    user.find(marker="palette").click()
    fill(user, "palette-query", "a & b", leave=False)
    user.find(marker="palette-query").trigger("keydown", "Enter")
    await until(lambda: place(user) == "/history?q=a+%26+b")


async def test_g_then_h_goes_to_the_history(user: User) -> None:
    user.find(Shortcuts).trigger("key", "h")
    assert place(user) == "/"
    user.find(Shortcuts).trigger("key", "g").trigger("key", "h")
    await until(lambda: place(user) == "/history")


async def test_question_mark_lists_the_shortcuts(user: User) -> None:
    user.find(Shortcuts).trigger("key", "?")
    await user.should_see("Shortcuts")
    await user.should_see("Go to history")


async def test_title_of_the_tab_counts_what_runs(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge.totals, "running", 2)
    assert user.client is not None
    assert user.client.title == "2 running · Jobdeck"


async def test_each_page_has_a_title_of_its_own(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = (await asyncio.to_thread(start, "render", {}, by=ME)).id
    await asyncio.to_thread(cancel, job_id, by=ME)
    client = user.client
    assert client is not None
    assert client.title == "Jobdeck"
    monkeypatch.setattr(bridge.totals, "running", 2)
    for path, title in (
        ("/history", "History · 2 running · Jobdeck"),
        (f"/jobs/{job_id}", f"#{job_id} Render video · Cancelled · Jobdeck"),
        ("/", "2 running · Jobdeck"),
        ("/nowhere", "2 running · Jobdeck"),
    ):
        with user:
            ui.navigate.to(path)
        await until(lambda title=title: client.title == title)  # type: ignore[misc]  # bound for each


async def test_the_title_of_a_jobs_page_follows_how_far_it_is(user: User) -> None:
    message = await asyncio.to_thread(store.stored, kind="render", title="Render video")
    await asyncio.to_thread(store.claimed, message)
    await user.open(f"/jobs/{message.job_id}")
    client = user.client
    assert client is not None
    await until(lambda: client.title == f"#{message.job_id} Render video · Running · Jobdeck")

    bridge.progress.emit((message.job_id, Progress(done=9, total=20, ratio=0.45)))

    await until(lambda: client.title == f"#{message.job_id} Render video · 45% · Jobdeck")


async def test_what_a_page_listens_to_is_undone_when_it_is_left() -> None:
    rang: Event[int] = Event()
    model = Figures()
    heard: list[object] = []

    def listening() -> None:
        subscriptions = Subscriptions()
        subscriptions.add(rang, heard.append)
        subscriptions.follow(model, "problem", heard.append)
        subscriptions.add_undo(lambda: heard.append("left"))

    def root() -> None:
        ui.sub_pages({"/": listening, "/quiet": lambda: ui.label("quiet")})

    async with user_simulation(root=root) as user:
        await user.open("/")
        for path in ("/quiet", "/"):
            with user:
                ui.navigate.to(path)
            await until(lambda path=path: place(user) == path)  # type: ignore[misc]
        heard.clear()
        rang.emit(1)
        model.problem = "away"
        assert heard == [1, "away"]
        with user:
            ui.navigate.to("/quiet")
        await user.should_see("quiet")
        rang.emit(2)
        model.problem = "back"
        assert heard == [1, "away", "left"]


async def test_listening_after_the_page_was_left_is_undone_at_once() -> None:
    rang: Event[int] = Event()
    heard: list[object] = []
    late: list[Subscriptions] = []

    def root() -> None:
        with ui.column():
            late.append(Subscriptions())

    async with user_simulation(root=root) as user:
        await user.open("/")
        late[0].delete()
        late[0].add(rang, heard.append)
        late[0].add_undo(lambda: heard.append("undone"))
        rang.emit(1)
        assert heard == ["undone"]
    assert figures.problem is None


async def test_notice_is_accepted_by_nobody_who_may_not(user: User) -> None:
    accepted: list[str] = []
    say("The database lacks much.", accept=lambda: accepted.append("yes"), refuse=lambda: "This needs another role.")

    await user.open("/history")
    assert one(user, "accept-notice").props["title"] == "This needs another role."
    user.find(marker="accept-notice").click()

    await user.should_see("This needs another role.")
    assert (accepted, one(user, "notice").visible) == ([], True)
    say("", accept=lambda: None)


async def test_notice_is_on_every_page_until_it_is_accepted(user: User) -> None:
    accepted: list[str] = []
    say("The database lacks what was written until noon.", accept=lambda: accepted.append("yes"))

    await user.open("/history")
    await user.should_see("The database lacks what was written until noon.")
    user.find(marker="accept-notice").click()
    await until(lambda: not one(user, "notice").visible)

    assert accepted == ["yes"]
    await user.open("/")
    await user.should_not_see("The database lacks")
