"""What the start dialog sends: the values it was given, exactly, unless a person changed them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from enum import IntFlag
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from nicegui import app, ui
from nicegui.testing import User
from nicegui.testing.user_interaction import UserInteraction
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from app.db import JobFilter, JobSnapshot
from app.db.lifecycle import requests
from app.db.queries import jobs as queries
from app.pages.jobs.acts import find_file, keep_file, start_again, start_job
from app.pages.start.dialog import open_start_dialog
from app.queue import JobContext, Secret, cancel, job, registry, start
from app.queue.params.checked import opened
from tests.actors import ME
from tests.ui.tab import fill, one, open_tab, text_of, until


class Access(IntFlag):
    READ = 1
    WRITE = 2


class Load(BaseModel):
    mb: Annotated[int, AfterValidator(lambda value: value * 1024)] = Field(default=5, alias="megaBytes")
    names: list[str] = []


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    known: str


class Ports(RootModel[list[int]]):
    pass


def splits(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


def breaks() -> int:
    raise OSError("no default here")


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, in Berlin."""

    @job
    def odd(
        ctx: JobContext,
        texts: list[str],
        few: list[str],
        text: str | None = "x",
        note: str = "",
        path: Path = Path("a"),
        wait: timedelta = timedelta(0),
        at: datetime | None = None,
        numbers: list[float] = [],  # noqa: B006
        load: Load | None = None,
        loads: list[Load] = [],  # noqa: B006
        open: Open | None = None,
        ports: Ports = Ports([1]),  # noqa: B008
        access: Access = Access.READ,
        parts: Annotated[list[str], BeforeValidator(splits)] = [],  # noqa: B006
        scaled: Annotated[int, AfterValidator(lambda value: value * 1024)] = 5,
        token: Secret | None = None,
    ) -> None:
        """Take what no control shows whole."""

    @job
    def defaults(
        ctx: JobContext,
        broken: Annotated[int, Field(default_factory=breaks)],
        made: Annotated[int, Field(default_factory=lambda data: len(data))],
        last: datetime = datetime.max,
        first: datetime = datetime.min,
        aware: AwareDatetime = datetime(2026, 1, 1),
        exact: datetime = datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC),
        ago: timedelta = timedelta(hours=-1),
        tick: timedelta = timedelta(microseconds=1),
        ever: timedelta = timedelta.max,
        last_day: date = date.max,
        tiny: float = 5e-324,
        huge: int = 10**60,
        long: str = "a\nb ",
        access: Access = Access.READ | Access.WRITE,
        load: Load = Load(megaBytes=5),  # noqa: B008
    ) -> None:
        """Have defaults that no control can show."""

    async with open_tab() as user:
        await user.open("/")
        assert user.client is not None
        with user.client:
            app.storage.client["time_zone"] = "Europe/Berlin"
        yield user


async def open_dialog(user: User, kind: str, **options: Any) -> None:
    assert user.client is not None
    with user.client:
        found = registry.get(kind)
        again = options.get("retry_of")
        on_start = partial(start_job, found) if again is None else partial(start_again, again)
        await open_start_dialog(found, on_start=on_start, keep_file=keep_file, find_file=find_file, **options)


def jobs() -> list[JobSnapshot]:
    return queries.list_jobs(JobFilter()).items


async def pressed(user: User, before: int) -> JobSnapshot:
    """Press Start, wait until the dialog has closed, and return the job."""
    user.find(marker="start-submit").click()
    await until(lambda: len(jobs()) > before)
    await until(lambda: not shown_dialogs(user))
    assert user.client is not None
    for element in list(user.client.elements.values()):
        if isinstance(element, ui.dialog):
            UserInteraction(user, {element}, None).trigger("hide")  # as the browser does when it is gone
    return jobs()[0]


def shown_dialogs(user: User) -> list[ui.dialog]:
    assert user.client is not None
    return [element for element in user.client.elements.values() if isinstance(element, ui.dialog) and element.value]


def arguments(found: JobSnapshot) -> dict[str, Any]:
    """Return what a worker's function would get."""
    return opened(registry.get(found.kind).params_model, requests.stored(found.id).params)


ODD: dict[str, Any] = {
    "texts": ["a\nb", "c", " d ", "e\r"],
    "few": ["", "x"],
    "text": "",
    "note": "two\nlines",
    "path": "a /b ",
    "wait": "PT59.123456S",
    "at": "2026-10-25T01:30:00.123456+01:00",
    "numbers": [1e-7, 1e22, 0.1],
    "load": {"megaBytes": 3},
    "loads": [{"megaBytes": 1, "names": ["", "a"]}],
    "open": {"known": " ", "more": [1, {"deep": None}]},
    "ports": [3, 4],
    "access": 3,
    "parts": "a,b",
    "scaled": 7,
    "token": "hunter2",
}


async def test_a_run_again_that_nobody_edited_sends_the_values_of_the_job(user: User) -> None:
    first = await asyncio.to_thread(start, "odd", ODD, by=ME)
    await asyncio.to_thread(cancel, first.id, by=ME)
    await open_dialog(user, "odd", initial=first.params, retry_of=first.id)

    again = await pressed(user, 1)

    assert again.params == first.params
    assert arguments(again) == arguments(first)
    assert arguments(again)["at"] == datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=UTC)
    assert arguments(again)["scaled"] == 7 * 1024
    assert arguments(again)["load"].mb == 3 * 1024


async def test_the_json_view_and_back_sends_the_same_values(user: User) -> None:
    first = await asyncio.to_thread(start, "odd", ODD, by=ME)
    await asyncio.to_thread(cancel, first.id, by=ME)
    await open_dialog(user, "odd", initial=first.params, retry_of=first.id)

    fill(user, "start-mode", "json", leave=False)
    again = await pressed(user, 1)
    assert arguments(again) == arguments(first)

    await open_dialog(user, "odd", initial=first.params, retry_of=first.id)
    fill(user, "start-mode", "json", leave=False)
    fill(user, "start-mode", "form", leave=False)
    again = await pressed(user, 2)
    assert arguments(again) == arguments(first)


async def test_one_edit_changes_that_value_alone(user: User) -> None:
    first = await asyncio.to_thread(start, "odd", ODD, by=ME)
    await asyncio.to_thread(cancel, first.id, by=ME)
    await open_dialog(user, "odd", initial=first.params, retry_of=first.id)
    assert cast(Any, one(user, "field-texts")).value == '"a\\nb"\n"c"\n" d "\n"e\\r"'

    fill(user, "field-texts", '"a\\nb"\n"z"')
    fill(user, "field-open.known", "new")
    fill(user, "field-loads.0.megaBytes", "2")
    again = await pressed(user, 1)

    wanted = {
        **first.params,
        "texts": ["a\nb", "z"],
        "open": {"known": "new", "more": [1, {"deep": None}]},
        "loads": [{"megaBytes": 2, "names": ["", "a"]}],
    }
    assert again.params == wanted
    assert arguments(again)["loads"][0].mb == 2048


async def test_a_line_that_lost_its_quotes_is_said(user: User) -> None:
    first = await asyncio.to_thread(start, "odd", ODD, by=ME)
    await asyncio.to_thread(cancel, first.id, by=ME)
    await open_dialog(user, "odd", initial=first.params, retry_of=first.id)

    fill(user, "field-texts", '"a"\nb')

    assert text_of(user, "error-texts") == 'Line 2: Write it in quotes, "as this".'


async def test_a_removed_row_leaves_the_others_as_they_are(user: User) -> None:
    first = await asyncio.to_thread(
        start, "odd", {**ODD, "loads": [{"megaBytes": 1}, {"megaBytes": 2, "names": ["a\nb"]}]}, by=ME
    )
    await asyncio.to_thread(cancel, first.id, by=ME)
    await open_dialog(user, "odd", initial=first.params, retry_of=first.id)

    assert user.client is not None
    [remove] = [one for one in user.client.elements.values() if one.props.get("aria-label") == "Remove Loads 1"]
    UserInteraction(user, {remove}, None).click()
    again = await pressed(user, 1)

    assert again.params["loads"] == [{"megaBytes": 2, "names": ["a\nb"]}]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
async def test_defaults_that_no_control_can_show_apply_as_they_are(user: User, zone: str) -> None:
    assert user.client is not None
    with user.client:
        app.storage.client["time_zone"] = zone
    await open_dialog(user, "defaults")
    fill(user, "field-broken", "1")
    fill(user, "field-made", "2")

    found = await pressed(user, 0)

    got = arguments(found)
    assert got["last"] == datetime.max.replace(tzinfo=UTC)
    assert got["first"] == datetime.min.replace(tzinfo=UTC)
    assert got["aware"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert got["exact"] == datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC)
    assert (got["ago"], got["tick"], got["ever"]) == (timedelta(hours=-1), timedelta(microseconds=1), timedelta.max)
    assert (got["last_day"], got["tiny"], got["huge"], got["long"]) == (date.max, 5e-324, 10**60, "a\nb ")
    assert got["access"] == Access.READ | Access.WRITE


async def test_durations_are_shown_as_they_are_read(user: User) -> None:
    await open_dialog(user, "defaults")

    shown = {name: cast(Any, one(user, f"field-{name}")).value for name in ("ago", "tick", "ever")}
    assert shown == {"ago": "-1h", "tick": "0.000001s", "ever": "999999999d 23h 59m 59.999999s"}

    fill(user, "field-broken", "1")
    fill(user, "field-made", "2")
    fill(user, "field-ago", "-90m")
    fill(user, "field-tick", "1.000001s")
    found = await pressed(user, 0)
    assert arguments(found)["ago"] == timedelta(minutes=-90)
    assert arguments(found)["tick"] == timedelta(seconds=1, microseconds=1)


@pytest.mark.parametrize(
    "typed", ["10.000", "7.0", "1e3", "1_000", "1 0 0 0", "10,00", "0,123", "1,000 000", "١٢", "ten"]
)
async def test_a_loose_number_is_no_whole_number(user: User, typed: str) -> None:
    await open_dialog(user, "odd")

    fill(user, "field-scaled", typed)

    assert text_of(user, "error-scaled") == "Enter a whole number."


@pytest.mark.parametrize("typed", ["10,000", "10 000", "10\u00a0000", "10\u202f000", "10000", " +10000 "])
async def test_grouped_thousands_are_a_whole_number(user: User, typed: str) -> None:
    await open_dialog(user, "odd")
    fill(user, "field-texts", "a")
    fill(user, "field-few", "b")

    fill(user, "field-scaled", typed)

    assert (await pressed(user, 0)).params["scaled"] == 10_000


@pytest.mark.parametrize("typed", ["1_0", "1,5", "10,000", "1 5", "0x10", "1e"])
async def test_a_loose_number_is_no_number(user: User, typed: str) -> None:
    await open_dialog(user, "odd")

    fill(user, "field-numbers", f"1.5\n{typed}")

    assert text_of(user, "error-numbers") == "Line 2: Enter a number."


async def test_a_form_that_cannot_be_made_is_said_in_a_sentence(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise OverflowError("no such day")

    monkeypatch.setattr("app.pages.start.form.field_for", fail)

    await open_dialog(user, "odd")

    await user.should_see("The form of Odd cannot be shown.")
    assert not shown_dialogs(user)
