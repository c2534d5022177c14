"""The history: narrowing, sorting, paging, the address, and rows that follow what happens."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from nicegui import ui
from nicegui.elements.keyboard import Keyboard
from nicegui.testing import User
from nicegui.testing.user_interaction import UserInteraction

from app.db import JobFilter, JobSnapshot, State
from app.db.lifecycle import requests
from app.db.lifecycle.start import Message
from app.db.queries import counts as job_counts
from app.db.queries import jobs as job_queries
from app.db.queries.finding import routes, walking
from app.db.queries.jobs import matching_ids
from app.db.snapshots.parts import Failure
from app.db.sql import engine
from app.pages.history import reading
from app.pages.history.reading import Answer, KindChoice
from app.pages.history.view import HistoryView
from app.pages.live import bridge
from app.queue import JobContext, cancel, job, start
from app.queue.acts.starting import StartOptions
from tests import store
from tests.actors import ME, person
from tests.patience import patient
from tests.ui.tab import RETRIES, drawn_with, fill, names, one, open_tab, text_of, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and two kinds to start."""

    @job(title="Import orders")
    def import_orders(ctx: JobContext, path: str = "a.csv") -> None:
        """Import."""

    @job(title="Copy rows")
    def copy_rows(ctx: JobContext, path: str, rows: int = 15, only: list[str] = ["a"], note: str = "") -> None:  # noqa: B006
        """Copy."""

    @job(title="Send digest", group="Mail")
    def send_digest(ctx: JobContext) -> None:
        """Send."""

    async with open_tab() as user:
        yield user


async def stored(number: int, kind: str = "import_orders") -> list[JobSnapshot]:
    return [await asyncio.to_thread(start, kind, {}, by=ME) for _ in range(number)]


def rows(user: User) -> list[str]:
    return names(user, "job-row-")


def counts(user: User) -> dict[str, str]:
    """Return what the tabs count now; what is nought is left out."""
    found: dict[str, str] = {}
    for name in names(user, "tab-"):
        for each in one(user, name).descendants():
            if each.tag == "small" and each.visible and cast(Any, each).text not in ("", "0"):
                found[name] = cast(Any, each).text
    return found


def moves(user: User, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the addresses that the page puts into the browser's history."""
    seen: list[str] = []
    monkeypatch.setattr(user.navigate.history, "push", seen.append)
    monkeypatch.setattr(user.navigate.history, "replace", seen.append)
    return seen


async def shows(user: User, expected: list[str]) -> None:
    await until(lambda: rows(user) == expected)


async def test_newest_jobs_come_first_in_pages(user: User) -> None:
    await stored(30)
    await user.open("/history")

    await shows(user, [f"job-row-{number}" for number in range(30, 5, -1)])
    assert text_of(user, "range") == "1 to 25 of 30"

    user.find(marker="older").click()
    await shows(user, [f"job-row-{number}" for number in range(5, 0, -1)])
    assert text_of(user, "range") == "26 to 30 of 30"

    user.find(marker="newer").click()
    await until(lambda: rows(user)[:1] == ["job-row-30"])


async def test_an_address_of_a_later_page_knows_its_place_and_the_way_back(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(60)
    await user.open("/history")
    await shows(user, [f"job-row-{number}" for number in range(60, 35, -1)])
    seen = moves(user, monkeypatch)
    user.find(marker="older").click()
    await until(lambda: text_of(user, "range") == "26 to 50 of 60")
    user.find(marker="older").click()
    await until(lambda: text_of(user, "range") == "51 to 60 of 60")

    await user.open(seen[-1])
    await until(lambda: text_of(user, "range") == "51 to 60 of 60")
    user.find(marker="newer").click()
    await until(lambda: text_of(user, "range") == "26 to 50 of 60")
    assert rows(user) == [f"job-row-{number}" for number in range(35, 10, -1)]
    user.find(marker="newer").click()
    await until(lambda: text_of(user, "range") == "1 to 25 of 60")


async def test_every_filter_is_in_the_address_and_works_from_it(user: User) -> None:
    jobs = [*await stored(2), *await stored(1, "send_digest")]
    await asyncio.to_thread(cancel, jobs[0].id, by=ME)

    await user.open("/history?kind=import_orders&state=cancelled")

    await shows(user, ["job-row-1"])
    assert one(user, "tab-cancelled").props["aria-pressed"] == "true"
    assert one(user, "tab-all").props["aria-pressed"] == "false"


async def test_what_is_chosen_goes_into_the_address(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    await stored(2)
    await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])
    seen = moves(user, monkeypatch)

    fill(user, "query", "a.csv & more=1", leave=False)
    user.find(marker="tab-failed").click()
    user.find(marker="sort-id").click()

    await until(lambda: len(seen) == 3)
    text = "q=a.csv+%26+more%3D1"
    assert seen == [f"/history?{text}", f"/history?{text}&state=failed", f"/history?{text}&state=failed&sort=id"]


async def test_rows_stay_under_the_pointer_when_much_was_missed(user: User) -> None:
    first, _ = await stored(2)
    await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])
    user.find(marker="job-rows").trigger("mouseenter")
    await asyncio.to_thread(requests.cancel, first.id, by=person("test"), is_forced=False)  # without a word to anybody
    await asyncio.to_thread(store.inserted)

    bridge.refreshed.emit()

    await until(lambda: text_of(user, "state-1") == "Cancelled")
    await until(lambda: text_of(user, "new-jobs") == "1 new")
    assert rows(user) == ["job-row-2", "job-row-1"]
    user.find(marker="job-rows").trigger("mouseleave")
    await shows(user, ["job-row-3", "job-row-2", "job-row-1"])


async def test_what_is_not_there_any_more_is_not_counted_as_new(user: User) -> None:
    await stored(1)
    await user.open("/history?state=queued")
    await shows(user, ["job-row-1"])
    user.find(marker="job-rows").trigger("mouseenter")
    second, third = await stored(2)
    await until(lambda: text_of(user, "new-jobs") == "2 new")

    await asyncio.to_thread(cancel, second.id, by=ME)
    await until(lambda: text_of(user, "new-jobs") == "1 new")
    await asyncio.to_thread(cancel, third.id, by=ME)

    await until(lambda: not one(user, "new-jobs").visible)


def failed(message: Message) -> JobSnapshot:
    """Run a job to a failure that says what the tests search for."""
    error = Failure(type="JobError", message="1 is odd", signature="")
    store.claimed(message)
    ended = store.done(message, outcome="failed", failure=error)
    assert ended is not None
    return ended


async def test_a_new_job_that_begins_to_match_while_it_is_counted_is_counted(
    user: User, monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    await asyncio.to_thread(lambda: failed(store.stored(max_attempts=1)))
    await user.open("/history?q=odd")
    await shows(user, ["job-row-1"])
    user.find(marker="job-rows").trigger("mouseenter")
    new = await asyncio.to_thread(store.stored, max_attempts=1)
    counted = []

    def late(which: JobFilter, ids: frozenset[int]) -> set[int]:
        counted.append(found := matching_ids(which, ids))
        gate.wait(patient(10))
        return found

    monkeypatch.setattr(job_queries, "matching_ids", late)

    bridge.job_changed.emit(await asyncio.to_thread(job_queries.get_job, new.job_id))
    await until(lambda: counted == [set()])
    bridge.job_changed.emit(await asyncio.to_thread(failed, new))
    gate.set()

    await until(lambda: len(counted) >= 2)
    await until(lambda: text_of(user, "new-jobs") == "1 new")


async def test_a_row_is_found_by_the_words_that_it_shows(user: User) -> None:
    for rows_copied in (15, 16):
        await asyncio.to_thread(start, "copy_rows", {"path": "/data/Ünal.csv", "rows": rows_copied}, by=ME)
    await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])
    [words] = [
        text for each in one(user, "job-row-1").descendants() if (text := getattr(each, "text", "")) and "=" in text
    ]
    assert words == 'path=/data/Ünal.csv, rows=15, only=["a"]'

    fill(user, "query", words, leave=False)

    await shows(user, ["job-row-1"])


def cells(user: User, job_id: int) -> dict[str, str]:
    """Return what the cells of a row say, by their column."""
    said: dict[str, str] = {}
    for cell in one(user, f"job-row-{job_id}").default_slot.children:
        column = next(name.rpartition("__")[2] for name in cell.classes if name.startswith("jd-jobs__"))
        said[column] = "".join(getattr(each, "text", None) or "" for each in cell.descendants())
    return said


async def test_the_outcome_and_the_params_have_columns_of_their_own(user: User) -> None:
    message = await asyncio.to_thread(store.stored, params={"path": "a.csv", "year": 2026})
    await asyncio.to_thread(store.claimed, message)
    error = Failure(type="KeyError", message="'customer_id'", signature="")
    await asyncio.to_thread(store.done, message, outcome="failed", failure=error)
    await asyncio.to_thread(store.stored, params={"path": "b.csv"})
    await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])

    failed, waiting = cells(user, 1), cells(user, 2)
    assert (failed["outcome"], failed["params"]) == ("KeyError: 'customer_id'", "path=a.csv, year=2026")
    assert (waiting["outcome"], waiting["params"]) == ("", "path=b.csv")


async def test_a_job_that_never_started_says_when_it_was_created_or_ended(user: User) -> None:
    waiting, cancelled = await stored(2)
    await asyncio.to_thread(cancel, cancelled.id, by=ME)
    await user.open("/history")
    await shows(user, [f"job-row-{cancelled.id}", f"job-row-{waiting.id}"])

    assert cells(user, waiting.id)["when"] == "created "
    assert cells(user, cancelled.id)["when"] == "ended "


async def test_rows_of_the_old_filter_are_dimmed_until_the_new_one_is_read(
    user: User, monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    [first] = await stored(1)
    await asyncio.to_thread(cancel, first.id, by=ME)
    await stored(1)
    await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])
    table = one(user, "job-rows").parent_slot
    assert table is not None

    def read_slowly(view: HistoryView) -> Answer:
        gate.wait(patient(30))
        return reading.read(view)

    monkeypatch.setattr("app.pages.history.page.read", read_slowly)
    assert table.parent.props["aria-busy"] == "false"
    user.find(marker="tab-cancelled").click()
    assert (table.parent.props["aria-busy"], rows(user)) == ("true", ["job-row-2", "job-row-1"])
    gate.set()

    await shows(user, ["job-row-1"])
    assert table.parent.props["aria-busy"] == "false"


def offered(user: User) -> dict[str, str]:
    """Return the kinds that are offered, and what stands beside each."""
    return {option["label"]: option.get("side", "") for option in one(user, "kind-filter").props["options"]}


async def test_kinds_are_offered_with_their_group_and_how_many_jobs_there_are(
    user: User, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_late() -> dict[str, KindChoice]:
        gate.wait(patient(15))
        return reading.read_kinds()

    monkeypatch.setattr("app.pages.history.page.read_kinds", read_late)
    await stored(2)
    await user.open("/history")
    everything = {"All kinds": "", "Copy rows": "Jobs", "Import orders": "Jobs · 2", "Send digest": "Mail"}
    assert offered(user) == everything | {"Import orders": "Jobs"}  # before anything is read
    gate.set()
    await until(lambda: offered(user) == everything)


async def test_text_is_searched_in_params(user: User) -> None:
    await asyncio.to_thread(start, "import_orders", {"path": "/data/needle.csv"}, by=ME)
    await stored(2)

    await user.open(f"/history?q={quote('needle')}")

    await shows(user, ["job-row-1"])


async def test_back_shows_what_the_address_says_without_a_reload(user: User) -> None:
    await stored(1)
    await stored(1, "send_digest")
    client = await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])
    user.find(marker="tab-failed").click()
    await user.should_see("No job matches.", retries=RETRIES)

    with client:  # what the browser tells after Back
        await client.sub_pages_router._handle_open("/history")

    await shows(user, ["job-row-2", "job-row-1"])


async def test_a_search_for_too_many_words_says_so_until_it_is_cleared(user: User) -> None:
    await stored(1)
    await user.open("/history")
    await shows(user, ["job-row-1"])

    fill(user, "query", " ".join(f"word{number}" for number in range(21)))
    await user.should_see("Search for at most 20 words; these are 21.", retries=RETRIES)

    fill(user, "query", "")
    await shows(user, ["job-row-1"])
    await user.should_not_see("Search for at most 20 words")


async def test_children_of_a_job_are_listed_until_the_chip_is_removed(user: User) -> None:
    [parent] = await stored(1)
    await asyncio.to_thread(start, "send_digest", {}, order=StartOptions(parent_id=parent.id), by=ME)

    await user.open(f"/history?parent={parent.id}")

    await shows(user, ["job-row-2"])
    [by] = [
        inner for inner in one(user, "job-row-2").descendants() if isinstance(inner, ui.link) and inner.text == "#1"
    ]
    assert (by.props["href"], by.props["title"]) == ("/jobs/1", "Started by job #1")
    await user.should_see("Children of #1")
    await asyncio.to_thread(start, "send_digest", {}, order=StartOptions(parent_id=parent.id), by=ME)
    await shows(user, ["job-row-3", "job-row-2"])
    user.find(marker="drop-parent").trigger("click")
    await shows(user, ["job-row-3", "job-row-2", "job-row-1"])
    await user.should_not_see("Children of #1")


async def test_sorting_toggles_and_is_announced(user: User) -> None:
    await stored(2)
    await user.open("/history")
    await shows(user, ["job-row-2", "job-row-1"])

    user.find(marker="sort-id").click()

    await shows(user, ["job-row-1", "job-row-2"])


@pytest.mark.parametrize("query", ["state=done", "sort=name", "since=yesterday", "after=x", "parent=0"])
async def test_an_address_that_cannot_be_is_answered_in_words(user: User, query: str) -> None:
    await stored(1)
    await user.open(f"/history?{query}")

    await user.should_see(marker="clear-filters", retries=RETRIES)
    user.find(marker="clear-filters").click()

    await shows(user, ["job-row-1"])


async def test_beside_a_search_that_cannot_be_read_stand_no_counts_of_another(user: User) -> None:
    await stored(2)
    await user.open("/history?kind=import_orders")
    of_kind = {"tab-all": "2", "tab-queued": "2"}
    await until(lambda: (text_of(user, "history-count"), counts(user)) == ("2 jobs", of_kind))

    fill(user, "query", "state:sleeping")
    await until(lambda: (text_of(user, "history-count"), counts(user)) == ("", {}))

    fill(user, "query", "")
    await until(lambda: (text_of(user, "history-count"), counts(user)) == ("2 jobs", of_kind))


async def test_a_kind_that_is_not_known_is_said(user: User) -> None:
    await stored(1)
    await user.open("/history?kind=import_ordres")

    await user.should_see("There is no kind “import_ordres”, and no job of it ever ran here.", retries=RETRIES)
    await until(lambda: "Send digest" in cast(Any, one(user, "kind-filter")).options.values())
    assert cast(Any, one(user, "kind-filter")).value == "import_ordres"
    fill(user, "kind-filter", "send_digest", leave=False)
    await user.should_see("No job matches.", retries=RETRIES)
    await asyncio.to_thread(store.stored, kind="gone_since")
    await user.open("/history?kind=gone_since&state=failed")
    await user.should_see("No job matches.", retries=RETRIES)


async def test_nothing_ran_and_nothing_matches_are_told_apart(user: User) -> None:
    await user.open("/history")
    await user.should_see("Nothing has run yet.", retries=RETRIES)

    await user.open("/history?state=failed")
    await user.should_see("No job matches.", retries=RETRIES)


async def test_a_new_job_appears_by_itself_and_a_change_changes_only_its_row(user: User) -> None:
    await stored(1)
    await user.open("/history")
    await shows(user, ["job-row-1"])
    row = one(user, "job-row-1")

    await stored(1)
    await shows(user, ["job-row-2", "job-row-1"])
    await asyncio.to_thread(cancel, 1, by=ME)

    await until(lambda: text_of(user, "state-1") == "Cancelled")
    assert one(user, "job-row-1") is row


async def test_counts_that_change_all_the_time_have_no_row_drawn_again(user: User) -> None:
    await stored(1)
    await user.open("/history")
    await shows(user, ["job-row-1"])

    for name in ("tab-running", "history-count"):
        assert "job-rows" not in drawn_with(user, name)


async def test_new_jobs_wait_behind_a_pill_while_the_pointer_is_over_the_rows(user: User) -> None:
    await stored(1)
    await user.open("/history")
    await shows(user, ["job-row-1"])
    body = one(user, "job-rows")
    user.find(marker="job-rows").trigger("mouseenter")

    await stored(2)
    await user.should_see("2 new", retries=RETRIES)
    assert rows(user) == ["job-row-1"]

    user.find(marker="job-rows").trigger("mouseleave")
    await shows(user, ["job-row-3", "job-row-2", "job-row-1"])
    assert not body.is_deleted


async def test_tabs_show_live_counts_until_something_else_narrows(user: User) -> None:
    await stored(2)
    await stored(1, "send_digest")
    bridge.totals.queued = 3
    await user.open("/history")
    await user.should_see("3 jobs", retries=RETRIES)

    fill(user, "kind-filter", "send_digest", leave=False)

    await shows(user, ["job-row-3"])
    await user.should_see("1 job")


@pytest.mark.parametrize("state", ["", "&state=cancelled"])
async def test_tabs_show_what_matches_a_search_in_each_state(user: User, state: str) -> None:
    for path in ("needle.csv", "needle.json", "hay.csv"):
        await asyncio.to_thread(start, "import_orders", {"path": path}, by=ME)
    await asyncio.to_thread(cancel, 1, by=ME)

    await user.open(f"/history?q=needle{state}")

    await until(lambda: counts(user) == {"tab-all": "2", "tab-queued": "1", "tab-cancelled": "1"})
    await user.should_see("1 job" if state else "2 jobs")


async def test_a_search_that_finds_too_many_to_count_says_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    await stored(4)
    monkeypatch.setattr(job_counts, "COUNT_LIMIT", 3)
    monkeypatch.setattr(reading, "ROWS", 2)  # a page that holds all of them tells how many they are

    await user.open("/history?q=orders&state=queued")

    await until(lambda: text_of(user, "history-count") == "more than 3 jobs")
    assert counts(user) == {"tab-all": "3+", "tab-queued": "3+"}


async def test_a_search_that_was_cut_off_says_so_and_goes_on(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    await stored(3)
    monkeypatch.setattr(routes, "FEW", 0)
    monkeypatch.setattr(walking, "_FIRST_STRETCH", 1)
    monkeypatch.setattr(walking, "CUT_OFF_SECONDS", -1.0)

    await user.open(f"/history?q={quote('#1')}")
    await user.should_see("Nothing was found so far.", retries=RETRIES)
    await user.should_not_see("No job matches.")
    user.find(marker="search-on").click()

    await shows(user, ["job-row-1"])
    await user.should_not_see("so far")


async def test_the_files_hold_what_the_address_says(user: User) -> None:
    await stored(1)
    await user.open("/history?q=state:queued&kind=import_orders&sort=id")
    await shows(user, ["job-row-1"])
    [link] = user.find(marker="export-csv").elements
    address = urlsplit(str(link.props["href"]))
    asked = dict(parse_qsl(address.query))
    assert address.path == "/api/v1/jobs.csv"
    assert {name: asked[name] for name in ("q", "kind", "sort")} == {
        "q": "state:queued",
        "kind": "import_orders",
        "sort": "id",
    }


async def test_acts_of_a_row_cancel_and_retry(user: User) -> None:
    await stored(1)
    await user.open("/history")
    await shows(user, ["job-row-1"])

    user.find(marker="cancel-1").trigger("click")
    await until(lambda: text_of(user, "state-1") == "Cancelled")
    user.find(marker="retry-1").trigger("click").trigger("click")  # a double click is one press

    await until(lambda: text_of(user, "state-1") == "Queued")
    await user.should_see("#1 runs again.", retries=RETRIES)
    await user.should_not_see("can be retried")


async def test_while_the_database_is_away_the_page_says_so_and_recovers(user: User, database: str) -> None:
    await stored(1)
    engine.connect("sqlite:////missing/jobdeck.db")
    await user.open("/history")
    await user.should_see("The database cannot be reached just now.", retries=RETRIES)

    engine.connect(database)
    user.find(kind=ui.button, content="Try again").click()

    await shows(user, ["job-row-1"])


async def test_texts_of_a_job_are_only_text(user: User) -> None:
    evil = "<img src=x onerror=alert(1)>"
    await asyncio.to_thread(start, "import_orders", {"path": evil}, by=ME)
    await user.open("/history")

    await user.should_see(f"path={evil}", retries=RETRIES)


def test_all_states_have_a_tab() -> None:
    from app.pages.history.query_box import TAB_ORDER

    assert set(TAB_ORDER) == set(State)


async def test_a_period_is_told_in_the_zone_of_the_reader(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.history.narrowing.known_zone", lambda: ZoneInfo("Asia/Kolkata"))

    await user.open("/history?finished_since=2026-11-23T08:00:00Z&finished_until=2026-11-23T09:00:00Z")

    await user.should_see("Finished from 23 Nov 2026 13:30", retries=RETRIES)
    await user.should_see("Finished until 23 Nov 2026 14:30")


async def test_a_period_that_ends_with_all_time_is_told(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages.history.narrowing.known_zone", lambda: ZoneInfo("Asia/Kolkata"))

    await user.open("/history?finished_until=9999-12-31T23:59:59Z")

    await user.should_see("Finished until 31 Dec 9999 23:59 UTC", retries=RETRIES)


async def test_j_and_k_go_on_in_the_list_from_one_job_to_the_next(user: User) -> None:
    first, other, last = *await stored(1), *await stored(1, "send_digest"), *await stored(1)
    await user.open("/history?kind=import_orders")
    await shows(user, [f"job-row-{last.id}", f"job-row-{first.id}"])
    user.find(marker=f"job-row-{last.id}").click()
    await until(lambda: names(user, f"add-note-{last.id}"))

    press(user, "j")
    await until(lambda: names(user, f"add-note-{first.id}"))
    press(user, "j")
    await user.should_see("That was the last one of the list.", retries=RETRIES)
    press(user, "k")
    await until(lambda: names(user, f"add-note-{last.id}"))
    assert last.id - first.id > 1, f"#{other.id} lies between them and is not in the list"


def press(user: User, key: str) -> None:
    """Press a key, as the browser says it to those who listen."""
    assert user.client is not None
    modifiers = {"altKey": False, "ctrlKey": False, "metaKey": False, "shiftKey": False}
    event = {"action": "keydown", "repeat": False, "location": 0, "key": key, "code": f"Key{key.upper()}", **modifiers}
    listening = {each for each in user.client.elements.values() if type(each) is Keyboard}
    UserInteraction(user, listening, None).trigger("key", event)


async def test_a_flow_is_one_row_that_unfolds_to_its_jobs(user: User) -> None:
    first, other = await stored(2)
    child = await asyncio.to_thread(start, "send_digest", {}, order=StartOptions(parent_id=first.id), by=ME)
    then = await asyncio.to_thread(start, "send_digest", {}, order=StartOptions(after=[first.id]), by=ME)
    await user.open("/history")
    await until(lambda: len(rows(user)) == 4)

    user.find(marker="flows-in-one-row").click()
    await until(lambda: rows(user) == [f"job-row-{other.id}", f"job-row-{first.id}"])
    assert names(user, "unfold-") == [f"unfold-{first.id}"]
    user.find(marker=f"unfold-{first.id}").click()

    await user.should_see("3 jobs: 1 scheduled, 2 queued", retries=RETRIES)
    for each in (child, then):
        await user.should_see(f"#{each.id}", retries=RETRIES)
    assert one(user, f"unfold-{first.id}").props["aria-expanded"] == "true"
    await stored(1)
    await until(lambda: len(rows(user)) == 3)
    children = one(user, "job-rows").default_slot.children
    places = [each.props.get("data-testid") for each in children]
    assert places == ["job-row-5", "job-row-2", f"job-row-{first.id}", None]
    user.find(marker=f"unfold-{first.id}").click()
    await user.should_not_see(marker=f"unfolded-{first.id}", retries=RETRIES)


async def test_rows_of_a_tab_that_is_closed_go_without_a_search_for_garbage(user: User) -> None:
    await stored(3)
    await user.open("/history")
    await shows(user, ["job-row-3", "job-row-2", "job-row-1"])
    kept = [weakref.ref(one(user, name)) for name in rows(user)]
    gc.collect()
    gc.disable()
    try:
        assert user.client is not None
        user.client.delete()

        await until(lambda: [row() for row in kept] == [None] * 3)
    finally:
        gc.enable()
