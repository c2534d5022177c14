"""From the form to the report: what a person does first."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.tab import (
    LASTING_TOASTS,
    ask_to_start,
    choose,
    expect_file_kept,
    expect_state,
    fill,
    put,
    record,
    recorded,
    started,
)
from tests.e2e.instance import ROOT, Instance

PENGUINS = ROOT / "app/jobs/data_report/samples/penguins.csv"
COPIES = 1500
UPLOAD_SECONDS = 600
"""So long a slowed upload would take; the test lets it go sooner."""


@pytest.fixture(scope="session")
def many_penguins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real data set many times over, so that reading it takes a moment."""
    head, rows = PENGUINS.read_text().split("\n", 1)
    path = tmp_path_factory.mktemp("data") / "many penguins.csv"
    path.write_text(head + "\n" + rows * COPIES)
    return path


@pytest.fixture
def jobs_before(instance: Instance) -> int:
    """How many jobs there were before the test."""
    return count_jobs(instance)


def count_jobs(instance: Instance) -> int:
    """Count all jobs."""
    count: int = instance.get("/jobs?limit=1")["count"]
    return count


def test_the_first_press_on_start_runs_the_sample(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate(LASTING_TOASTS)

    ask_to_start(page, "data_report")
    page.get_by_test_id("start-submit").click()

    job_id = started(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_state(page, job_id, "Succeeded")
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_contain_text("344 rows, 8 columns")
    expect(page.get_by_test_id("toast")).to_contain_text(
        [f"Data report #{job_id} succeeded."]
    )  # where the start was said
    page.get_by_test_id("toast").get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data report")
    expect(page).to_have_url(re.compile(rf"/jobs/{job_id}$"))


def test_a_report_on_a_file_is_started_watched_read_and_downloaded(
    open_page: OpenPage, many_penguins: Path, tmp_path: Path
) -> None:
    page = open_page()
    page.evaluate(LASTING_TOASTS)
    record(page, "[data-testid^='progress-']", "aria-valuenow")
    ask_to_start(page, "data_report")
    fill(page, "path", str(many_penguins))
    page.get_by_test_id("start-submit").click()
    job_id = started(page)

    page.get_by_test_id("toast").get_by_role("link", name="Open").click()  # its card may be gone on a fast machine
    expect(page.get_by_role("heading", level=1)).to_have_text("Data report")
    expect_state(page, job_id, "Succeeded", seconds=60)

    percents = [int(value) for value in recorded(page, f"progress-{job_id}")]
    assert percents == sorted(percents)  # how many there are is up to the machine
    expect(page.get_by_test_id("result")).to_contain_text(f"{344 * COPIES:,} rows")
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "")
    expect(frame.content_frame.get_by_role("heading", level=1)).to_have_text("many penguins.csv")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report.html").click()
    assert download.value.suggested_filename == "report.html"
    download.value.save_as(tmp_path / "report.html")
    assert "many penguins.csv" in (tmp_path / "report.html").read_text()


@pytest.fixture
def my_penguins(tmp_path: Path) -> Path:
    """A data set that takes long to be sent over a slow line."""
    head, rows = PENGUINS.read_text().split("\n", 1)
    path = tmp_path / "my penguins.csv"
    path.write_text(head + "\n" + rows * 40)
    return path


def make_uploads_slow(page: Page, file: Path) -> Callable[[], None]:
    """Let the file take `UPLOAD_SECONDS`; what is returned lets the rest go at once."""
    network = page.context.new_cdp_session(page)

    def let_upload(bytes_a_second: float) -> None:
        speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        network.send("Network.emulateNetworkConditions", {"offline": False, **speed})

    let_upload(file.stat().st_size / UPLOAD_SECONDS)
    return lambda: let_upload(-1)


def test_start_pressed_while_a_file_is_sent_starts_the_job_when_it_is_here(
    open_page: OpenPage, instance: Instance, my_penguins: Path
) -> None:
    page = open_page()
    dialog = ask_to_start(page, "upload_first")
    let_it_come = make_uploads_slow(page, my_penguins)
    dialog.locator("input[type=file]").set_input_files(my_penguins)
    expect(dialog.get_by_role("progressbar", name="Sent")).to_be_visible()

    page.get_by_test_id("start-submit").click()

    said = dialog.get_by_test_id("start-count")
    expect(said).to_have_text("The file is still on its way; the job starts when it is here.")
    expect(dialog.get_by_test_id("error-file")).to_be_hidden()
    let_it_come()
    job = instance.wait_for(started(page), State.SUCCEEDED)
    assert job.result == my_penguins.read_text()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_file_that_is_taken_away_while_it_is_sent_starts_nothing(
    open_page: OpenPage, instance: Instance, my_penguins: Path, jobs_before: int
) -> None:
    page = open_page()
    dialog = ask_to_start(page, "upload_first")
    let_it_come = make_uploads_slow(page, my_penguins)
    dialog.locator("input[type=file]").set_input_files(my_penguins)
    page.get_by_test_id("start-submit").click()
    expect(dialog.get_by_test_id("start-count")).to_contain_text("still on its way")

    dialog.get_by_role("button", name="Remove the file").click()

    expect(dialog.get_by_test_id("start-count")).to_have_text("")
    expect(dialog.get_by_test_id("error-file")).to_be_hidden()
    let_it_come()
    page.get_by_test_id("start-submit").click()
    assert instance.wait_for(started(page), State.SUCCEEDED).result == "no file"
    assert count_jobs(instance) == jobs_before + 1


def test_an_uploaded_file_is_sent_with_progress_and_read(open_page: OpenPage, my_penguins: Path) -> None:
    page = open_page()
    dialog = ask_to_start(page, "data_report")
    let_it_come = make_uploads_slow(page, my_penguins)
    dialog.locator("input[type=file]").set_input_files(my_penguins)
    sent = dialog.get_by_role("progressbar", name="Sent")
    expect(sent).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    let_it_come()
    expect_file_kept(dialog)
    expect(dialog).to_contain_text("my penguins.csv")
    expect(dialog.get_by_role("progressbar")).to_have_count(0)
    page.get_by_test_id("start-submit").click()

    job_id = started(page)
    expect_state(page, job_id, "Succeeded")
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_contain_text(f"{344 * 40:,} rows")


def test_wrong_values_are_marked_beside_their_fields_and_nothing_is_started(
    open_page: OpenPage, instance: Instance, jobs_before: int
) -> None:
    page = open_page()
    dialog = ask_to_start(page, "every_type")

    fill(page, "text", "ab")
    fill(page, "whole", "101")
    fill(page, "pause", "soon")
    page.get_by_test_id("start-submit").click()

    expect(dialog.get_by_test_id("error-text")).to_have_text("Enter at least 3 characters.")
    expect(dialog.get_by_test_id("error-whole")).to_have_text("Enter 100 or less.")
    expect(dialog.get_by_test_id("error-pause")).to_contain_text("Not a duration.")
    expect(dialog.get_by_test_id("error-day")).to_have_text("Fill this in.")
    expect(dialog.get_by_role("textbox", name="Text", exact=True)).to_be_focused()
    expect(dialog.get_by_role("textbox", name="Text", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_test_id("start-submit")).to_be_enabled()
    assert count_jobs(instance) == jobs_before


def test_a_double_click_starts_one_job(open_page: OpenPage, instance: Instance, jobs_before: int) -> None:
    page = open_page()
    ask_to_start(page, "no_parameters")

    page.get_by_test_id("start-submit").dblclick()

    job_id = started(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect_state(page, job_id, "Succeeded")
    assert count_jobs(instance) == jobs_before + 1


def test_a_double_click_on_run_now_starts_one_job_and_a_later_press_another(
    open_page: OpenPage, instance: Instance, jobs_before: int
) -> None:
    page = open_page()
    run = page.get_by_role("button", name="Run Prune the history now")
    toast = page.get_by_test_id("toast")

    run.dblclick()
    found = re.search(r"#(\d+) (?:is started|succeeded)", toast.first.inner_text())
    assert found is not None
    ask_to_start(page, "no_parameters")  # what the second click asked for would have come before
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert count_jobs(instance) == jobs_before + 1
    run.click()

    expect(toast.filter(has_text=f"#{int(found[1]) + 1} ")).to_be_visible()
    assert count_jobs(instance) == jobs_before + 2


def test_a_kind_is_found_by_its_words_and_started_by_enter(open_page: OpenPage) -> None:
    page = open_page()
    rows = page.locator(".jd-startlist__row:visible")
    field = page.get_by_role("searchbox", name="Find a kind to start")

    field.fill("VERY type")
    expect(rows).to_have_count(1)
    expect(page.locator(".jd-startlist__group:visible")).to_have_text(["Tests"])
    field.press("Enter")
    expect(page.get_by_role("dialog", name="Start Every type")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    field.fill("no such words")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("No kind has these words.")).to_be_visible()
    field.fill("")
    expect(page.get_by_test_id("start-data_report")).to_be_visible()


def test_ctrl_enter_starts(open_page: OpenPage) -> None:
    page = open_page()
    ask_to_start(page, "number")
    page.get_by_label("Number", exact=True).fill("12")

    page.keyboard.press("Control+Enter")

    job_id = started(page)
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_contain_text("12 is even")


def test_every_type_of_parameter_has_a_field_that_reaches_the_job(
    open_page: OpenPage, instance: Instance, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("hello")
    page = open_page(timezone_id="Asia/Tokyo")
    dialog = ask_to_start(page, "every_type")

    for name, value in {
        "text": "Grüße",
        "whole": "100",
        "day": "2026-02-28",
        "moment": "2026-03-01T09:30",
        "pause": "1h 30m",
        "path": "/tmp/somewhere",
        "password": "secret words",
        "names": "Ada\nGrace Hopper",
        "long_text": "one\ntwo",
        "ratio": "0.25",
        "limit": "",
        "address.street": "Main Street",
        "address.number": "7",
    }.items():
        fill(page, name, value)
    dialog.locator("input[type=file]").set_input_files(tmp_path / "note.txt")
    choose(page, "field-colour", "deep blue")
    choose(page, "field-size", "large")
    choose(page, "field-sizes", "small", "large")
    choose(page, "field-is_known", "No")
    for number, day in enumerate(("2026-01-01", "2026-12-31")):
        page.get_by_test_id("add-days").click()
        fill(page, f"days.{number}", day)
    page.get_by_test_id("field-is_loud").click()
    page.get_by_test_id("give-second_address").click()
    fill(page, "second_address.street", "Side Street")
    expect_file_kept(dialog)
    page.get_by_test_id("start-submit").click()

    job = instance.wait_for(started(page), State.SUCCEEDED)
    assert job.params["password"] == "•••"
    assert job.result == {
        "text": "Grüße",
        "whole": 100,
        "day": "2026-02-28",
        "moment": "2026-03-01T09:30:00+09:00",
        "pause": 5400.0,
        "path": "/tmp/somewhere",
        "upload": ["note.txt", "hello"],
        "colour": "DEEP_BLUE",
        "size": "large",
        "password": 12,
        "names": ["Ada", "Grace Hopper"],
        "sizes": ["small", "large"],
        "days": ["2026-01-01", "2026-12-31"],
        "address": {"street": "Main Street", "number": 7},
        "second_address": {"street": "Side Street", "number": 1},
        "long_text": "one\ntwo",
        "ratio": 0.25,
        "is_loud": True,
        "is_known": False,
        "limit": None,
    }


@pytest.mark.parametrize(("name", "size_bytes"), [("names", 1_200_000), ("names", 70_000), ("text", 1_200_000)])
def test_a_paste_of_more_than_all_params_may_take_is_said_and_starts_nothing(
    open_page: OpenPage, instance: Instance, jobs_before: int, name: str, size_bytes: int
) -> None:
    page = open_page()
    ask_to_start(page, "texts")
    fill(page, "names", "Ada")
    fill(page, "text", "before")

    put(page, name, ("é" * 49 + "\n") * (size_bytes // 99))
    error = page.get_by_test_id(f"error-{name}")
    expect(error).to_contain_text("This is more than 64 KB, and none of it was taken.")
    fill(page, "text" if name == "names" else "names", "Ada" if name == "text" else "before")  # the focus leaves it
    page.get_by_role("button", name="JSON").click()  # heard after the focus
    expect(page.get_by_label("Params as JSON")).to_be_visible()
    expect(error).to_have_text("")  # there the fields' values stand, and none is the pasted one
    page.get_by_role("button", name="Form").click()
    expect(error).to_contain_text("This is more than 64 KB, and none of it was taken.")
    page.get_by_test_id("start-submit").click()
    page.keyboard.press("Control+Enter")
    expect(error).to_contain_text("This is more than 64 KB")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    assert count_jobs(instance) == jobs_before

    fill(page, name, "after")
    expect(error).not_to_be_visible()
    page.get_by_test_id("start-submit").click()
    job = instance.wait_for(started(page), State.SUCCEEDED)
    assert job.params == {"names": ["Ada"], "text": "before", name: ["after"] if name == "names" else "after"}


def test_the_last_values_take_the_place_of_a_text_that_is_too_long(open_page: OpenPage, instance: Instance) -> None:
    page = open_page()
    ask_to_start(page, "texts")
    fill(page, "names", "Ada")
    fill(page, "text", "before")
    page.get_by_test_id("start-submit").click()
    first = started(page)
    ask_to_start(page, "texts")
    page.get_by_test_id("use-last-values").click()
    expect(page.get_by_test_id("field-text")).to_have_value("before")
    put(page, "text", "long " * 20_000)
    expect(page.get_by_test_id("error-text")).to_contain_text("This is more than 64 KB")

    page.get_by_test_id("use-last-values").click()

    expect(page.get_by_test_id("error-text")).not_to_be_visible()
    expect(page.get_by_test_id("field-text")).to_have_value("before")
    page.get_by_test_id("start-submit").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert instance.wait_for(first + 1, State.SUCCEEDED).params == {"names": ["Ada"], "text": "before"}


def test_the_json_view_starts_the_same(open_page: OpenPage, instance: Instance) -> None:
    page = open_page()
    dialog = ask_to_start(page, "number")

    dialog.get_by_role("button", name="JSON").click()
    expect(dialog.get_by_label("Params as JSON")).to_have_value(re.compile("{"))  # what the form had comes first
    dialog.get_by_label("Params as JSON").fill('{"number": "x"}')
    page.get_by_test_id("start-submit").click()
    expect(dialog.get_by_test_id("error-json")).to_contain_text("number: Enter a whole number.")
    dialog.get_by_label("Params as JSON").fill('{"number": 8}')
    page.get_by_test_id("start-submit").click()

    assert instance.wait_for(started(page), State.SUCCEEDED).params == {"number": 8}


def test_a_job_for_later_says_when_it_starts(open_page: OpenPage, instance: Instance) -> None:
    page = open_page()
    dialog = ask_to_start(page, "no_parameters")

    page.get_by_test_id("more").click()
    dialog.get_by_role("button", name="After a delay").click()
    fill(page, "later-delay", "2h")
    page.get_by_test_id("start-submit").click()

    toast = page.get_by_test_id("toast").filter(has_text="will run later")
    found = re.search(r"#(\d+)", toast.inner_text())
    assert found is not None
    page.goto(f"/jobs/{found[1]}")
    expect_state(page, int(found[1]), "Scheduled")
    expect(page.get_by_role("main")).to_contain_text("Runs in 1 h")
    instance.cancel(int(found[1]))
    expect_state(page, int(found[1]), "Cancelled")


def test_a_start_of_what_is_there_already_says_so_and_leads_to_it(open_page: OpenPage, instance: Instance) -> None:
    there = instance.start("only_one", delay_seconds=3600, name="the one")
    page = open_page()
    page.evaluate("window.stays = true")
    ask_to_start(page, "only_one")
    fill(page, "name", "the one")
    page.get_by_test_id("start-submit").click()

    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text(f"Already there: Only one #{there}")
    toast.get_by_role("link", name="Open").click()

    expect_state(page, there, "Scheduled")
    assert page.evaluate("window.stays"), "the page was loaded again"


def test_a_priority_is_chosen_under_more(open_page: OpenPage, instance: Instance) -> None:
    page = open_page()
    ask_to_start(page, "no_parameters")
    page.get_by_test_id("more").click()
    expect(page.get_by_test_id("priority").get_by_role("button", name="Normal")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_test_id("priority").get_by_role("button", name="High").click()
    page.get_by_test_id("start-submit").click()

    assert instance.job(started(page)).priority == "high"


def test_a_slow_double_click_on_start_leaves_the_form_open(open_page: OpenPage) -> None:
    page = open_page()
    start = page.get_by_test_id("start-no_parameters")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)  # it moves nothing any more
    start.scroll_into_view_if_needed()
    box = start.bounding_box()
    assert box is not None
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    page.mouse.click(*place)
    expect(page.get_by_test_id("start-submit")).to_be_visible()
    page.mouse.move(*place)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.keyboard.press("Control+Enter")

    started(page)
