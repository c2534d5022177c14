"""The start dialog, as a person fills it in."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, cast

import orjson
import pytest
from nicegui import ElementFilter, app, ui
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing import User
from nicegui.testing.user_interaction import UserInteraction
from pydantic import BaseModel, Field

from app.db import JobFilter, JobSnapshot, State
from app.db.files import uploads
from app.db.queries import jobs as job_queries
from app.db.snapshots.files import Upload
from app.db.sql import engine
from app.errors import FieldError, InvalidInput
from app.pages.jobs.acts import find_file, keep_file, start_again, start_job
from app.pages.start.dialog import StartDialog, open_start_dialog
from app.queue import JobContext, Secret, UploadedFile, cancel, job, registry, start
from app.queue.acts.starting import StartOptions
from tests.actors import ME
from tests.ui.tab import RETRIES, fill, names, one, open_tab, text_of, until

WAITS = "The file is still on its way; the job starts when it is here."


class Quality(Enum):
    LOW = "Low (480p)"
    HIGH = "High (1080p)"


class Address(BaseModel):
    street: Annotated[str, Field(min_length=2)]
    zip: Annotated[str, Field(title="Postcode", pattern=r"^\d{5}$")]


class Login(BaseModel):
    user: str
    pin: Secret | None = None


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, with one kind to start."""

    @job(title="Render", queue="media", tags=["video"])
    def render(
        ctx: JobContext,
        source: Annotated[Path, Field(description="Where the master is")],
        crf: Annotated[int, Field(title="Rate factor", ge=0, le=51)] = 21,
        codec: Literal["hevc", "av1"] = "hevc",
        quality: Quality = Quality.HIGH,
        subtitles: bool = False,
    ) -> str:
        """Transcode one master file."""
        return "done"

    @job
    def everything(
        ctx: JobContext,
        huge: int = 0,
        ratio: float | None = None,
        day: date = date(2026, 11, 23),
        wait: timedelta = timedelta(minutes=90),
        token: Secret | None = None,
        words: list[str] = [],  # noqa: B006 (the author's way to say: empty)
        numbers: list[int] = [1],  # noqa: B006
        formats: list[Literal["csv", "json"]] = ["csv"],  # noqa: B006
        address: Address | None = None,
        others: list[Address] = [],  # noqa: B006
        file: UploadedFile | None = None,
    ) -> None:
        """Have one of each."""

    @job
    def unlock(ctx: JobContext, login: Login, logins: list[Login], pins: list[Secret], note: str = "") -> None:
        """Need secrets everywhere."""

    @job
    def send(ctx: JobContext, file: UploadedFile, note: Annotated[str, Field(max_length=8)] = "") -> None:
        """Send a file on."""

    @job
    def pack(ctx: JobContext, files: list[UploadedFile] = [], note: str = "") -> None:  # noqa: B006
        """Pack files."""

    @job
    def nothing(ctx: JobContext) -> None:
        """Need nothing."""

    @job
    def namesakes(ctx: JobContext, at: str, queue: Annotated[str, Field(max_length=8)], tags: str, delay: str) -> None:
        """Call parameters as what stands under More."""

    @job(priority="high")
    def render_first(ctx: JobContext) -> None:
        """Hurry."""

    @job(unique="params")
    def index(ctx: JobContext) -> None:
        """Be the only one."""

    async with open_tab() as user:
        await user.open("/")
        yield user


async def open_dialog(user: User, kind: str, **options: Any) -> None:
    assert user.client is not None
    with user.client:
        found = registry.get(kind)
        again = options.get("retry_of")
        on_start = partial(start_job, found) if again is None else partial(start_again, again)
        options = {"keep_file": keep_file, "find_file": find_file, **options}
        await open_start_dialog(found, on_start=on_start, **options)


def jobs() -> list[JobSnapshot]:
    return job_queries.list_jobs(JobFilter()).items


async def started(user: User) -> JobSnapshot:
    """Press Start and return the job, once the dialog has closed."""
    user.find(marker="start-submit").click()
    found = await until(jobs)
    await closed(user)
    return found[0]


async def closed(user: User) -> None:
    """Wait until the dialog is closed, and tell so as the browser does when it is gone from the screen."""
    await until(lambda: not shown_dialogs(user))
    assert user.client is not None
    for element in list(user.client.elements.values()):
        if isinstance(element, ui.dialog):
            UserInteraction(user, {element}, None).trigger("hide")


def shown_dialogs(user: User) -> list[ui.dialog]:
    assert user.client is not None
    return [element for element in user.client.elements.values() if isinstance(element, ui.dialog) and element.value]


async def test_start_with_the_defaults_stores_the_job(user: User) -> None:
    await open_dialog(user, "render")
    await user.should_see("Transcode one master file.")
    await user.should_see("Where the master is")
    await user.should_see("0 to 51")

    fill(user, "field-source", "/media/keynote.mov")
    found = await started(user)

    assert found.params == {
        "source": "/media/keynote.mov",
        "crf": 21,
        "codec": "hevc",
        "quality": "High (1080p)",
        "subtitles": False,
    }
    assert (found.queue, found.tags, found.state) == ("media", ["video"], State.QUEUED)


async def test_choices_and_switch_are_taken(user: User) -> None:
    await open_dialog(user, "render")
    fill(user, "field-source", "a.mov")
    fill(user, "field-codec", 1, leave=False)
    fill(user, "field-quality", 0, leave=False)
    fill(user, "field-subtitles", True, leave=False)
    fill(user, "field-crf", "7")

    found = await started(user)

    assert (found.params["codec"], found.params["quality"], found.params["subtitles"]) == ("av1", "Low (480p)", True)
    assert found.params["crf"] == 7


async def test_wrong_values_are_marked_before_anything_is_queued(user: User) -> None:
    await open_dialog(user, "render")
    fill(user, "field-crf", "99")

    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-source"))
    assert text_of(user, "error-source") == "Fill this in."
    assert text_of(user, "error-crf") == "Enter 51 or less."
    assert jobs() == []
    assert shown_dialogs(user)


async def test_a_field_complains_when_it_is_left_and_is_content_when_mended(user: User) -> None:
    await open_dialog(user, "render")

    fill(user, "field-crf", "12x")
    assert text_of(user, "error-crf") == "Enter a whole number."
    assert text_of(user, "error-source") == "", "an untouched field is left in peace"

    fill(user, "field-crf", "12")
    assert text_of(user, "error-crf") == ""


async def test_an_error_stands_beside_the_help_is_counted_and_goes_when_the_field_is_filled(user: User) -> None:
    await open_dialog(user, "render")
    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "error-source"))
    assert text_of(user, "start-count") == "1 field needs a value"
    await user.should_see("Where the master is")

    fill(user, "field-crf", "99")
    assert text_of(user, "start-count") == "2 fields do not fit"

    fill(user, "field-source", "/tmp/master", leave=False)
    assert text_of(user, "error-source") == ""
    assert text_of(user, "start-count") == "1 field does not fit"
    fill(user, "field-crf", "9", leave=False)
    assert text_of(user, "start-count") == ""


async def test_the_json_view_begins_with_what_is_needed_inside_groups_and_lists(user: User) -> None:
    await open_dialog(user, "unlock", initial={"logins": [{}]})
    fill(user, "start-mode", "json", leave=False)
    shown = cast(Any, one(user, "start-json")).value

    assert list(orjson.loads(shown)) == ["login", "logins", "pins", "note"]
    assert orjson.loads(shown)["login"] == {"user": None, "pin": None}
    assert orjson.loads(shown)["logins"] == [{"user": None, "pin": None}]
    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "error-json"))
    assert text_of(user, "error-json").split("\n") == [
        f"{name}: Fill this in." for name in ("login.user", "logins.0.user", "pins")
    ]


async def test_the_json_view_begins_with_what_is_needed_and_says_all_that_is_wrong(user: User) -> None:
    await open_dialog(user, "namesakes")
    fill(user, "start-mode", "json", leave=False)
    shown = cast(Any, one(user, "start-json")).value
    assert list(orjson.loads(shown)) == ["at", "queue", "tags", "delay"]

    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "error-json"))
    assert text_of(user, "error-json").split("\n") == [f"{name}: Fill this in." for name in orjson.loads(shown)]
    assert text_of(user, "start-count") == "4 values are missing"

    fill(user, "start-json", '{"at": "x", "queue": "longer than 8", "tags": 1, "delay": "", "more": 1}', leave=False)
    user.find(marker="start-submit").click()
    await until(lambda: "more" in text_of(user, "error-json"))
    assert text_of(user, "error-json").split("\n") == [
        "queue: Enter at most 8 characters.",
        "tags: Enter a text.",
        "more: There is no such parameter.",
    ]
    assert text_of(user, "start-count") == "3 values do not fit"


async def test_numbers_keep_every_digit(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-huge", "123456789012345678901234567890")
    fill(user, "field-ratio", "0.1")

    found = await started(user)

    assert found.params["huge"] == 123456789012345678901234567890
    assert found.params["ratio"] == 0.1


@pytest.mark.parametrize(("typed", "button", "shown"), [
    ("7", "more", "8"),
    ("7", "less", "6"),
    ("51", "more", "51"),
    ("", "more", "22"),
    ("x", "more", "x"),
    *((odd, "more", odd) for odd in ("NaN", "Infinity", "1e9", "٢٢", "1_0")),
])  # fmt: skip
async def test_steps_stay_within_the_limits(user: User, typed: str, button: str, shown: str) -> None:
    await open_dialog(user, "render")
    fill(user, "field-crf", typed)

    user.find(marker=f"{button}-crf").click()

    await until(lambda: cast(Any, one(user, "field-crf")).value == shown)


async def test_a_number_of_endless_places_is_not_stepped(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-ratio", "1e-9999")

    user.find(marker="more-ratio").click()
    fill(user, "field-huge", "1")

    assert cast(Any, one(user, "field-ratio")).value == "1e-9999"


async def test_lists_groups_and_durations_are_read(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-wait", "1h 30m 5s")
    fill(user, "field-words", "one\n\ntwo words\n")
    fill(user, "field-numbers", "3\n10,000")
    fill(user, "field-formats", [1, 0], leave=False)
    fill(user, "give-address", True, leave=False)
    fill(user, "field-address.street", "High Street")
    fill(user, "field-address.zip", "12345")
    user.find(marker="add-others").click()
    fill(user, "field-others.0.street", "Low Street")
    fill(user, "field-others.0.zip", "54321")

    found = await started(user)

    assert found.params["wait"] == "PT1H30M5S"
    assert found.params["words"] == ["one", "two words"]
    assert found.params["numbers"] == [3, 10_000]
    assert found.params["formats"] == ["json", "csv"]
    assert found.params["address"] == {"street": "High Street", "zip": "12345"}
    assert found.params["others"] == [{"street": "Low Street", "zip": "54321"}]
    assert found.params["day"] == "2026-11-23"


async def test_errors_stand_beside_the_nested_field_and_the_line(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-wait", "soon")
    fill(user, "field-numbers", "1\n2.5\n3")
    fill(user, "give-address", True, leave=False)
    fill(user, "field-address.street", "High Street")
    fill(user, "field-address.zip", "abc")
    user.find(marker="add-others").click()

    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-others.0.zip"))
    assert text_of(user, "error-wait").startswith("Not a duration.")
    assert text_of(user, "error-numbers") == "Line 2: Enter a whole number."
    assert text_of(user, "error-address.zip").startswith("Enter a text of the form")
    assert text_of(user, "error-address.street") == ""
    assert jobs() == []


async def test_pressing_start_twice_starts_one_job(user: User) -> None:
    await open_dialog(user, "nothing")

    user.find(marker="start-submit").click().click()
    await until(jobs)
    await closed(user)

    assert len(jobs()) == 1


async def test_while_the_database_is_away_the_dialog_keeps_the_values(user: User, database: str) -> None:
    await open_dialog(user, "render")
    fill(user, "field-source", "a.mov")
    engine.connect("sqlite:////missing/jobdeck.db")

    user.find(marker="start-submit").click()

    await user.should_see("The database cannot be reached just now.", retries=RETRIES)
    await user.should_see("Nothing is lost. Try again in a few seconds.")
    assert cast(Any, one(user, "field-source")).value == "a.mov"

    engine.connect(database)
    found = await started(user)
    assert found.params["source"] == "a.mov"


async def test_what_the_start_refused_stays_as_long_as_the_value_that_was_sent(user: User) -> None:
    async def refuse(values: Mapping[str, Any], _: StartOptions) -> None:
        fill(user, "field-source", "meanwhile.mov")
        fields = [
            FieldError(field=f"params.{name}", message=f"No {values.get(name)} here.") for name in ("source", "crf")
        ]
        raise InvalidInput(fields=fields)

    assert user.client is not None
    with user.client:
        await open_start_dialog(registry.get("render"), on_start=refuse, keep_file=keep_file, find_file=find_file)
    fill(user, "field-source", "sent.mov")
    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "error-source") == "No sent.mov here.")

    user.find(marker="field-source").trigger("blur")
    assert text_of(user, "error-source") == ""
    fill(user, "field-source", "")
    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-source") == "Fill this in.")
    assert text_of(user, "error-crf") == "No None here."
    fill(user, "field-crf", "22")
    assert text_of(user, "error-crf") == ""


async def test_json_view_shows_and_takes_the_same_values(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-huge", "7")
    fill(user, "field-token", "hunter2")

    fill(user, "start-mode", "json", leave=False)
    shown = cast(Any, one(user, "start-json")).value
    assert '"huge": 7' in shown
    assert "hunter2" not in shown

    fill(user, "start-json", shown.replace('"huge": 7', '"huge": 8'), leave=False)
    fill(user, "start-mode", "form", leave=False)
    assert cast(Any, one(user, "field-huge")).value == "8"

    found = await started(user)
    assert (found.params["huge"], found.params["token"]) == (8, "•••")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("{", "This is not JSON, line 1, column 2."),
        ("[1]", 'This must be one JSON object: {"name": value, …}.'),
        ('{"huge": "x"}', "huge: Enter a whole number."),
        ('{"hugo": 1}', "hugo: There is no such parameter."),
        ('{"huge": 1, "huge": 2}', 'This has the key "huge" twice.'),
        (
            "[" * 40_000,  # which Python 3.14 reads to its end
            "This is not JSON, line 1, column 40001." if sys.version_info >= (3, 14) else "This is nested too deeply.",
        ),
    ],
)
async def test_json_view_says_what_is_wrong(user: User, typed: str, sentence: str) -> None:
    await open_dialog(user, "everything")
    fill(user, "start-mode", "json", leave=False)
    fill(user, "start-json", typed, leave=False)

    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-json"))
    assert text_of(user, "error-json") == sentence
    assert jobs() == []


async def test_last_values_are_offered_without_secrets(user: User) -> None:
    await open_dialog(user, "everything")
    assert names(user, "use-last-values") == []
    fill(user, "field-huge", "42")
    fill(user, "field-token", "hunter2")
    await started(user)

    await open_dialog(user, "everything")
    user.find(marker="use-last-values").click()

    assert cast(Any, one(user, "field-huge")).value == "42"
    assert cast(Any, one(user, "field-token")).value == ""
    assert user.client is not None
    with user.client:
        assert "hunter2" not in str(app.storage.user)


async def test_a_number_of_any_length_is_remembered_and_can_be_saved(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-huge", str(10**30))
    await started(user)

    assert user.client is not None
    with user.client:
        kept = orjson.loads(orjson.dumps(dict(app.storage.user)))  # as NiceGUI saves it
    assert str(10**30) in str(kept)
    await open_dialog(user, "everything")
    user.find(marker="use-last-values").click()
    assert cast(Any, one(user, "field-huge")).value == str(10**30)


def drafts(user: User) -> str:
    """Return what is kept of the forms that were filled in."""
    assert user.client is not None
    with user.client:
        return "".join(app.storage.user.get("drafts", {}).values())


async def test_what_was_filled_in_is_there_again_after_the_page_was_left(user: User) -> None:
    await open_dialog(user, "everything")
    assert not one(user, "start-restored").visible
    fill(user, "field-huge", f"{10**30}", leave=False)
    fill(user, "field-wait", "an hour", leave=False)  # it need not be right yet
    fill(user, "field-token", "hunter2", leave=False)
    fill(user, "field-later-queue", "media", leave=False)
    await until(lambda: "media" in drafts(user))

    await user.open("/")
    await open_dialog(user, "everything")

    shown = {name: cast(Any, one(user, f"field-{name}")).value for name in ("huge", "wait", "token", "later-queue")}
    assert shown == {"huge": f"{10**30}", "wait": "an hour", "token": "", "later-queue": "media"}
    await user.should_see("You had filled this in, and not started it. Secrets and files are not kept.")
    assert "hunter2" not in drafts(user)
    user.find(marker="start-over").click()
    assert cast(Any, one(user, "field-huge")).value == "0"
    assert cast(Any, one(user, "field-later-queue")).value == ""
    assert not one(user, "start-restored").visible
    await until(lambda: not drafts(user))


async def test_a_run_again_that_was_left_keeps_what_the_job_had_and_nobody_changed(user: User) -> None:
    values = {"login": {"user": "a", "pin": "1"}, "logins": [{"user": "b", "pin": "2"}], "pins": ["3"]}
    ended = await asyncio.to_thread(start, "unlock", values, by=ME)
    await asyncio.to_thread(cancel, ended.id, by=ME)
    await open_dialog(user, "unlock", initial=ended.params, retry_of=ended.id)
    fill(user, "field-note", "once more", leave=False)
    fill(user, "field-login.user", "c", leave=False)
    await until(lambda: "once more" in drafts(user))

    await user.open("/")
    await open_dialog(user, "unlock", initial=ended.params, retry_of=ended.id)

    assert cast(Any, one(user, "field-login.user")).value == "c"
    assert cast(Any, one(user, "field-logins.0.user")).value == "b"
    assert one(user, "field-pins.0").props["placeholder"] == "as before"
    await user.should_see("You had filled this in, and not started it. Secrets and files are not kept.")  # the login's


async def test_the_field_of_a_path_shows_what_one_looks_like(user: User) -> None:
    @job
    def tidy(ctx: JobContext, source: Path, other_folder: Path | None = None) -> None:
        """Tidy up."""

    await open_dialog(user, "tidy")

    assert one(user, "field-source").props["placeholder"] == "/path/to/file"
    assert one(user, "field-other_folder").props["placeholder"] == "/path/to/folder"


async def test_what_was_typed_as_json_is_said_to_be_lost(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-huge", "7", leave=False)
    fill(user, "start-mode", "json", leave=False)
    fill(user, "start-json", '{"huge": 8, "token": "hunter2"}', leave=False)
    await until(lambda: "7" in drafts(user))

    await user.open("/")
    await open_dialog(user, "everything")

    assert cast(Any, one(user, "field-huge")).value == "7"
    await user.should_see(
        "You had filled this in, and not started it. Secrets and files are not kept. "
        "What was typed as JSON is not kept either."
    )
    assert "hunter2" not in drafts(user)


def is_more_open(user: User) -> bool:
    slot = one(user, "more").parent_slot
    assert slot is not None
    return slot.parent.props.get("open") is True


async def test_what_was_to_run_later_is_shown_when_it_is_there_again(user: User) -> None:
    await open_dialog(user, "nothing")
    assert not is_more_open(user)
    fill(user, "run-when", "in", leave=False)
    fill(user, "field-later-delay", "3h", leave=False)
    await until(lambda: "3h" in drafts(user))

    await user.open("/")
    await open_dialog(user, "nothing")

    assert is_more_open(user)
    assert cast(Any, one(user, "field-later-delay")).value == "3h"


async def test_what_was_started_or_thrown_away_does_not_come_back(user: User) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-huge", "42")
    await until(lambda: "42" in drafts(user))
    await started(user)
    assert not drafts(user)

    await open_dialog(user, "everything")
    fill(user, "field-huge", "43")
    await until(lambda: "43" in drafts(user))
    user.find(marker="start-cancel").click()
    user.find(marker="throw-away").click()
    await closed(user)
    assert not drafts(user)


async def test_what_is_about_to_be_kept_as_it_is_thrown_away_does_not_come_back(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_dialog(user, "everything")
    fill(user, "field-huge", "43", leave=False)
    await until(lambda: "43" in drafts(user))
    assert user.client is not None
    with user.client:
        [dialog] = ElementFilter(kind=StartDialog)
        monkeypatch.setattr(dialog, "close", lambda: None)  # the browser takes its time to hide it
        dialog._leave()
        dialog._keep_draft()  # as the timer does that was due

    assert not drafts(user)


async def test_a_run_again_has_a_draft_of_its_own(user: User) -> None:
    ended = await asyncio.to_thread(start, "everything", {"huge": 7, "words": ["a"]}, by=ME)
    await asyncio.to_thread(cancel, ended.id, by=ME)
    await open_dialog(user, "everything", initial=ended.params, retry_of=ended.id)
    fill(user, "field-huge", "", leave=False)
    fill(user, "field-words", "b", leave=False)
    await until(lambda: "b" in drafts(user))

    await user.open("/")
    await open_dialog(user, "everything")
    assert cast(Any, one(user, "field-words")).value == ""
    await user.open("/")
    await open_dialog(user, "everything", initial=ended.params, retry_of=ended.id)

    assert cast(Any, one(user, "field-words")).value == "b"
    assert cast(Any, one(user, "field-huge")).value in ("", "0")  # never the one that was taken out
    user.find(marker="start-over").click()
    assert cast(Any, one(user, "field-huge")).value == "7"


async def test_a_secret_is_never_sent_back(user: User) -> None:
    await open_dialog(user, "everything")
    field = cast(Any, one(user, "field-token"))
    assert field.props["type"] == "password"

    fill(user, "field-token", "hunter2")
    await started(user)

    job_ = jobs()[0]
    assert job_.params["token"] == "•••"


async def test_an_uploaded_file_is_stored_and_can_be_removed(user: User, room: Path) -> None:
    await open_dialog(user, "everything")
    upload = next(element for element in shown_dialogs(user)[0].descendants() if isinstance(element, ui.upload))

    with upload:
        await upload.handle_uploads([SmallFileUpload("../../evil.csv", "text/csv", b"a,b\n1,2\n")])
    await user.should_see("evil.csv", retries=RETRIES)
    await user.should_see("8 B")
    UserInteraction(user, {upload}, None).trigger("uploading")  # the word that it is on its way comes behind it

    found = await started(user)
    assert uploads.get_upload(found.params["file"]).size_bytes == 8
    assert uploads.upload_path(found.params["file"]).is_relative_to(room / "files")

    await open_dialog(user, "everything", initial=found.params)
    await user.should_see("evil.csv", retries=RETRIES)
    user.find(marker="remove-file").click()
    again = await started_again(user)
    assert again.params["file"] is None


async def a_file_on_its_way(user: User, kind: str) -> ui.upload:
    """Open the dialog of a kind, and press Start while the file is sent."""
    await open_dialog(user, kind)
    upload = upload_of(user)
    UserInteraction(user, {upload}, None).trigger("uploading")
    fill(user, "field-note", "urgent")
    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "start-count"))
    assert text_of(user, "start-count") == WAITS
    assert text_of(user, "error-file") == ""
    assert jobs() == []
    return upload


def upload_of(user: User) -> ui.upload:
    return next(element for element in shown_dialogs(user)[0].descendants() if isinstance(element, ui.upload))


async def send(upload: ui.upload, name: str = "a.csv") -> None:
    """Let a file arrive."""
    with upload:
        await upload.handle_uploads([SmallFileUpload(name, "text/csv", b"a,b\n")])


async def only_the_next_press_starts(user: User) -> None:
    """Press Start with another note: what had started before that would have the old one."""
    fill(user, "field-note", "pressed")
    user.find(marker="start-submit").click()
    await until(jobs)
    await closed(user)
    assert [job.params["note"] for job in jobs()] == ["pressed"]


async def test_start_pressed_while_a_file_is_sent_starts_the_job_when_it_is_here(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")
    user.find(marker="field-note").trigger("blur")  # left by the press, as it was

    await send(upload)

    [found] = await until(jobs)
    assert found.params["note"] == "urgent"
    assert uploads.get_upload(found.params["file"]).name == "a.csv"
    await closed(user)


async def test_what_else_is_wrong_is_said_at_once_while_a_file_is_sent(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")
    fill(user, "field-note", "much too long for this")
    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "error-note"))
    assert text_of(user, "error-file") == ""

    await send(upload)

    await user.should_see("a.csv", retries=RETRIES)
    assert text_of(user, "start-count") == "1 field does not fit"
    await only_the_next_press_starts(user)


@pytest.mark.parametrize(("control", "value"), [("field-note", "later"), ("run-when", "in")])
async def test_what_is_changed_while_a_file_is_sent_is_not_started(user: User, control: str, value: str) -> None:
    upload = await a_file_on_its_way(user, "send")

    fill(user, control, value, leave=control == "field-note")

    await until(lambda: text_of(user, "start-count") == "")
    await send(upload)
    await user.should_see("a.csv", retries=RETRIES)
    fill(user, "run-when", "now", leave=False)
    await only_the_next_press_starts(user)


async def test_what_is_typed_as_the_file_arrives_is_not_started(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")

    fill(user, "field-note", "later", leave=False)

    await send(upload)
    await user.should_see("a.csv", retries=RETRIES)
    assert text_of(user, "start-count") == ""
    await only_the_next_press_starts(user)


async def test_other_values_take_the_place_of_those_that_wait_for_a_file(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")
    dialog = shown_dialogs(user)[0]
    assert isinstance(dialog, StartDialog)

    dialog.form.write({"note": "offered"})

    await until(lambda: text_of(user, "start-count") == "")
    await send(upload)
    await user.should_see("a.csv", retries=RETRIES)
    await only_the_next_press_starts(user)
    assert jobs()[0].params["file"] is not None


async def test_who_starts_over_waits_for_no_file(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")
    dialog = shown_dialogs(user)[0]
    assert isinstance(dialog, StartDialog)

    dialog.form.start_over()

    assert text_of(user, "start-count") == ""
    await send(upload, "chosen again.csv")
    await user.should_see("chosen again.csv", retries=RETRIES)
    await only_the_next_press_starts(user)


async def test_a_row_that_is_taken_away_is_waited_for_no_more(user: User) -> None:
    await open_dialog(user, "pack")
    user.find(marker="add-files").click()
    dialog = shown_dialogs(user)[0]
    await until(lambda: [each for each in dialog.descendants() if isinstance(each, ui.upload)])
    UserInteraction(user, {upload_of(user)}, None).trigger("uploading")
    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "start-count") == WAITS)

    labels = {each.props.get("aria-label"): each for each in dialog.descendants()}
    [remove] = [each for label, each in labels.items() if label and label.startswith("Remove") and "file" not in label]
    UserInteraction(user, {remove}, None).click()

    await until(lambda: text_of(user, "start-count") == "")
    await only_the_next_press_starts(user)
    assert jobs()[0].params["files"] == []


async def test_the_late_word_of_a_file_that_was_refused_is_no_other_file(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.pages.start.fields.upload_field import UploadField

    await open_dialog(user, "everything")
    upload = upload_of(user)
    with monkeypatch.context() as small:
        small.setattr(UploadField, "max_bytes", 1)
        await send(upload)
        await until(lambda: text_of(user, "error-file"))

    UserInteraction(user, {upload}, None).trigger("uploading")

    user.find(marker="start-submit").click()
    await until(jobs)
    await closed(user)


async def test_a_file_that_is_taken_away_while_it_is_stored_does_not_come_back(user: User) -> None:
    let_go, kept = asyncio.Event(), []

    async def keep_slowly(stream: BinaryIO, name: str, most: int) -> Upload:
        if name == "a.csv":
            await let_go.wait()
        kept.append(name)
        return (
            await keep_file(stream, f"kept {name}", most)
            if name == "b.csv"
            else Upload.model_construct(id="no", name="a.csv", size_bytes=1)
        )

    await open_dialog(user, "send", keep_file=keep_slowly)
    upload = upload_of(user)
    UserInteraction(user, {upload}, None).trigger("uploading")
    await send(upload)
    UserInteraction(user, {upload}, None).trigger("click")  # on what removes it
    UserInteraction(user, {upload}, None).trigger("uploading")
    await send(upload, "b.csv")
    await user.should_see("kept b.csv", retries=RETRIES)

    let_go.set()

    await until(lambda: "a.csv" in kept)
    found = await started(user)
    assert uploads.get_upload(found.params["file"]).name == "kept b.csv"


async def test_a_file_that_does_not_come_starts_nothing_and_says_so(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")

    UserInteraction(user, {upload}, None).trigger("failed")

    await until(lambda: "could not be sent" in text_of(user, "error-file"))
    assert text_of(user, "start-count") == "1 field does not fit"
    assert jobs() == []


async def test_who_leaves_while_a_file_is_sent_starts_nothing(user: User) -> None:
    upload = await a_file_on_its_way(user, "send")
    user.find(marker="start-cancel").click()
    await until(lambda: text_of(user, "start-count") == "")

    await send(upload)

    await user.should_see("a.csv", retries=RETRIES)
    user.find(marker="start-cancel").click()  # asked again, it goes on with the form
    await until(lambda: not shown_dialogs(user)[0].question.is_asked)  # type: ignore[attr-defined]
    await only_the_next_press_starts(user)


def say_too_long(user: User, control: str) -> None:
    """Tell what a browser tells of a text that it does not send."""
    html_id = one(user, control).html_id
    UserInteraction(user, {shown_dialogs(user)[0]}, None).trigger("input.capture", [html_id, False])


async def test_a_text_that_is_too_long_keeps_nobody_from_starting_when_its_row_is_gone(user: User) -> None:
    await open_dialog(user, "everything")
    user.find(marker="add-others").click()
    await until(lambda: names(user, "field-others.0.street"))
    say_too_long(user, "field-others.0.street")
    await until(lambda: "more than 64 KB" in text_of(user, "error-others.0.street"))

    labels = {each.props.get("aria-label"): each for each in shown_dialogs(user)[0].descendants()}
    UserInteraction(user, {labels["Remove Others 1"]}, None).click()

    await until(lambda: not names(user, "field-others.0.street"))
    assert text_of(user, "start-count") == ""
    found = await started(user)
    assert found.params["others"] == []


async def test_another_text_takes_the_place_of_one_that_is_too_long(user: User) -> None:
    await open_dialog(user, "render")
    say_too_long(user, "field-source")
    await until(lambda: "more than 64 KB" in text_of(user, "error-source"))
    dialog = shown_dialogs(user)[0]
    assert isinstance(dialog, StartDialog)

    dialog.form.write({"crf": 3})  # the source is as it was: the browser hears nothing of it
    assert "more than 64 KB" in text_of(user, "error-source")
    dialog.form.write({"source": "/a.mov"})

    assert text_of(user, "error-source") == ""
    assert (await started(user)).params["source"] == "/a.mov"


async def started_again(user: User) -> JobSnapshot:
    before = len(jobs())
    user.find(marker="start-submit").click()
    await until(lambda: len(jobs()) > before)
    await closed(user)
    return jobs()[0]


async def test_a_file_over_the_limit_is_refused_in_words(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.pages.start.fields.upload_field import UploadField

    monkeypatch.setattr(UploadField, "max_bytes", 4)
    await open_dialog(user, "everything")
    upload = next(element for element in shown_dialogs(user)[0].descendants() if isinstance(element, ui.upload))

    with upload:
        await upload.handle_uploads([SmallFileUpload("big.csv", "text/csv", b"12345")])

    await until(lambda: text_of(user, "error-file"))
    assert "larger than" in text_of(user, "error-file")


async def test_the_kinds_own_priority_is_preselected_and_another_can_be_chosen(user: User) -> None:
    await open_dialog(user, "render_first")
    assert cast(Any, one(user, "priority")).value == "high"
    assert (await started(user)).priority == "high"

    await open_dialog(user, "render_first")
    fill(user, "priority", "low", leave=False)
    user.find(marker="start-submit").click()

    assert (await until(lambda: jobs()[:-1]))[0].priority == "low"


async def test_a_start_of_what_is_there_already_says_so(user: User) -> None:
    there = await asyncio.to_thread(start, "index", {}, by=ME)

    await open_dialog(user, "index")
    user.find(marker="start-submit").click()

    await user.should_see(f"Already there: Index #{there.id}", retries=RETRIES)
    assert len(jobs()) == 1


async def test_run_later_schedules_the_job(user: User) -> None:
    await open_dialog(user, "nothing")
    fill(user, "run-when", "in", leave=False)
    fill(user, "field-later-delay", "2h")
    fill(user, "field-later-tags", "nightly, nightly, slow")

    found = await started(user)

    assert found.state is State.SCHEDULED
    assert found.run_at is not None
    assert timedelta(minutes=119) < found.run_at - datetime.now(UTC) <= timedelta(hours=2)
    assert found.tags == ["nightly", "slow"]


@pytest.mark.parametrize(("when", "field", "typed", "sentence"), [
    ("in", "later-delay", "soon", "Not a duration."),
    ("at", "later-at", "", "Choose a date and a time."),
    ("at", "later-at", "2020-01-01T00:00", "That time has passed."),
])  # fmt: skip
async def test_run_later_refuses_what_is_no_time(user: User, when: str, field: str, typed: str, sentence: str) -> None:
    await open_dialog(user, "nothing")
    fill(user, "run-when", when, leave=False)
    fill(user, f"field-{field}", typed)

    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, f"error-{field}"))
    assert text_of(user, f"error-{field}").startswith(sentence)
    assert jobs() == []


async def test_parameters_may_be_called_as_what_stands_under_more(user: User) -> None:
    await open_dialog(user, "namesakes")
    for name, value in (("at", "noon"), ("queue", "till 3"), ("tags", "red"), ("delay", "none")):
        fill(user, f"field-{name}", value)
    fill(user, "field-later-tags", "nightly")

    found = await started(user)

    assert found.params == {"at": "noon", "queue": "till 3", "tags": "red", "delay": "none"}
    assert (found.queue, found.tags) == ("default", ["nightly"])


async def test_an_error_of_a_namesake_stands_at_the_parameter(user: User) -> None:
    await open_dialog(user, "namesakes")
    for name in ("at", "tags", "delay"):
        fill(user, f"field-{name}", "some")
    fill(user, "field-queue", "x" * 9)
    fill(user, "field-later-queue", "nobody")

    user.find(marker="start-submit").click()
    await until(lambda: text_of(user, "error-queue"))
    assert text_of(user, "error-later-queue") == ""
    fill(user, "field-queue", "x")
    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-later-queue"))
    assert text_of(user, "error-queue") == ""
    fill(user, "field-later-queue", "")
    fill(user, "field-queue", "\0")
    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-queue"))
    assert text_of(user, "error-queue") == "Remove the NUL character."
    assert text_of(user, "error-later-queue") == ""


async def test_an_unknown_queue_is_marked_at_its_field(user: User) -> None:
    await open_dialog(user, "nothing")
    fill(user, "field-later-queue", "nobody")

    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-later-queue"))
    assert "No worker listens to the queue" in text_of(user, "error-later-queue")


async def test_retry_with_edits_starts_another_job_and_keeps_the_secret(user: User) -> None:
    first = await asyncio.to_thread(start, "everything", {"huge": 1, "token": "hunter2"}, by=ME)
    first = await asyncio.to_thread(cancel, first.id, by=ME)

    await open_dialog(user, "everything", initial=first.params, retry_of=first.id)
    assert cast(Any, one(user, "field-token")).value == ""
    fill(user, "field-huge", "2")
    again = await started_again(user)

    assert (again.retry_of, again.params["huge"], again.params["token"]) == (first.id, 2, "•••")


async def test_a_closed_dialog_leaves_nothing_behind(user: User) -> None:
    assert user.client is not None
    await open_dialog(user, "render")

    user.find(marker="start-cancel").click()
    await closed(user)

    assert names(user, "start-cancel") == names(user, "field-") == []
    assert not [element for element in user.client.elements.values() if isinstance(element, ui.dialog)]
