"""What jobs, files and addresses say is shown as text and never runs."""

from pathlib import Path

from playwright.sync_api import Page, expect

from app.db import State
from tests.browser.complaints import Complaints
from tests.browser.conftest import OpenPage
from tests.browser.tab import ask_to_start, expect_file_kept, expect_state, started
from tests.e2e.instance import Instance

HOSTILE = '<img src=x onerror=window.struck=1>"><script>window.struck=1</script>{{ window.struck=1 }}${window.struck=1}'
"""NOTE: kinds.py has the same as title and description of a kind."""
SANDBOXED = r"Blocked script execution|/artifacts/x' violates .* \"img-src data: blob:\""


def expect_harmless(page: Page) -> None:
    """Check that nothing of it ran or became an element."""
    assert page.evaluate("'struck' in window") is False
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_what_a_job_says_is_text_on_every_page(open_page: OpenPage, instance: Instance, complaints: Complaints) -> None:
    complaints.expect(SANDBOXED)
    page = open_page()
    ask_to_start(page, "hostile")
    expect_harmless(page)
    page.get_by_test_id("field-text").fill(HOSTILE)
    page.get_by_test_id("start-submit").click()
    job_id = started(page)
    expect_state(page, job_id, "Succeeded")
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_contain_text("<img src=x onerror=window.struck=1>")
    expect_harmless(page)

    page.goto(f"/jobs/{job_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.get_by_role("log", name="Log").locator("[data-level=error]")).to_contain_text(HOSTILE)
    expect(page.get_by_test_id("result")).to_contain_text("<script>window.struck=1</script>")
    expect(page.get_by_test_id("result")).to_contain_text("window.struck = 1")
    expect(page.get_by_test_id("params")).to_contain_text(HOSTILE)
    expect(page.locator("iframe").content_frame.get_by_text("harmless")).to_be_visible()
    shows = page.get_by_role("button", name="Show", exact=True)
    for left in (1, 0):
        shows.first.click()
        expect(shows).to_have_count(left)
    expect(page.get_by_test_id("file-text.txt")).to_contain_text(HOSTILE)
    expect_harmless(page)

    failed = instance.start("hostile", text=HOSTILE, fails=True)
    instance.wait_for(failed, State.FAILED)
    page.goto(f"/jobs/{failed}")
    expect(page.get_by_test_id("error")).to_contain_text(HOSTILE)
    expect(page.get_by_test_id("attempt-1")).to_contain_text(HOSTILE)
    expect_harmless(page)
    for path in ("/", "/history"):
        page.goto(path)
        expect_state(page, failed, "Failed")
        expect_harmless(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Start a job")).to_be_focused()
    page.keyboard.type(HOSTILE)
    expect(page.get_by_role("option", name="Search the history")).to_contain_text(HOSTILE)
    expect_harmless(page)


def test_a_file_that_is_opened_alone_cannot_run(
    open_page: OpenPage, instance: Instance, complaints: Complaints
) -> None:
    complaints.expect(SANDBOXED)
    job_id = instance.start("hostile", text="<script>document.title='struck'</script>")
    instance.wait_for(job_id, State.SUCCEEDED)
    page = open_page(f"/jobs/{job_id}")

    for row in page.get_by_role("link", name="in a new tab").all():
        with page.context.expect_page() as opened:
            row.click()
        opened.value.wait_for_load_state()
        assert opened.value.title() != "struck"
    expect_harmless(page)


def test_an_upload_with_a_hostile_name_is_text(open_page: OpenPage, tmp_path: Path) -> None:
    name = "<img src=x onerror=window.struck=1>{{window.struck=1}}.csv"
    (tmp_path / name).write_text("a,b\n1,2\n")
    page = open_page()
    dialog = ask_to_start(page, "data_report")

    dialog.locator("input[type=file]").set_input_files(tmp_path / name)
    expect_file_kept(dialog)
    expect(dialog).to_contain_text(name)
    page.get_by_test_id("start-submit").click()

    job_id = started(page)
    page.goto(f"/jobs/{job_id}")
    expect_state(page, job_id, "Succeeded")
    expect(page.locator("iframe").content_frame.get_by_role("heading", level=1)).to_have_text(name)
    expect_harmless(page)


def test_a_hostile_address_is_text(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("404.*/jobs/%3Cimg")
    page = open_page("/history?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.struck%3D1%3E&kind=%3Cimg%20src%3Dx%3E")
    expect(page.get_by_text("There is no kind “<img src=x>”")).to_be_visible()
    expect(page.get_by_label("Search jobs")).to_have_value("<img src=x onerror=window.struck=1>")
    expect_harmless(page)

    page.goto("/history?state=%3Cimg%20src%3Dx%20onerror%3Dwindow.struck%3D1%3E")
    expect(page.get_by_role("main")).to_contain_text("<img src=x onerror=window.struck=1>")
    expect_harmless(page)
    page.goto("/jobs/%3Cimg%20src%3Dx%20onerror%3Dwindow.struck%3D1%3E")
    expect(page.get_by_role("main")).to_contain_text("<img src=x onerror=window.struck=1>")
    expect_harmless(page)
