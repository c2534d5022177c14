"""The files of a job in a real browser: drawn by their type, and asking nobody for anything."""

import base64
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from app.db import State
from tests.browser.complaints import Complaints
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.script import Script
from tests.browser.tab import expect_no_sideways_scroll
from tests.e2e.instance import Instance
from tests.waiting import until

PICTURE = (
    "data:image/svg+xml;base64,"
    + base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"><rect width="30" height="30"/></svg>'
    ).decode()
)
ASKING = f"""<!doctype html><h1>Report</h1><img alt=inner src="{PICTURE}"><img alt=asking src="/api/v1/jobs">
<video src="/api/v1/jobs"></video>"""
FAR = "![far](https://elsewhere.example/x.png) <img src=x onerror=window.struck=1> [here](javascript:window.struck=1)"


def finished(instance: Instance, script: Script) -> int:
    """Run a job with a file of each sort."""
    job_id = instance.start("play", script=script)
    script.attach("prices.csv", "name,price\n" + "<b>tea</b>,1.5\n" * 300, "text/csv")
    script.attach("settings.json", '{"server": {"host": "db", "port": 5432}}', "application/json")
    script.attach("notes.md", f"# Notes\n\n- **one**\n- {FAR}\n", "text/markdown")
    script.attach("build.log", "".join(f"step {number}\n" for number in range(20_000)), "text/plain")
    script.attach("plan.svg", base64.b64decode(PICTURE.partition(",")[2]).decode(), "image/svg+xml")
    script.attach("broken.png", "no picture", "image/png")
    script.attach("report.html", ASKING, "text/html")
    script.end([{"city": "Oslo", "mean": 7.1}])
    instance.wait_for(job_id, State.SUCCEEDED)
    return job_id


def show_all(page: Page) -> None:
    """Open every preview."""
    shows = page.get_by_role("button", name="Show", exact=True)
    expect(shows).to_have_count(6)
    for left in range(5, -1, -1):
        shows.last.click()
        expect(shows).to_have_count(left)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_each_file_is_drawn_by_its_type(
    new_person: Callable[..., BrowserContext], instance: Instance, script: Script, complaints: Complaints
) -> None:
    complaints.expect('Content Security Policy directive: "(img|media)-src data: blob:"')
    job_id = finished(instance, script)
    page = new_person().new_page()
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url.partition("/api/v1")[2]))
    page.goto(f"/jobs/{job_id}")
    show_all(page)

    table = page.get_by_test_id("file-prices.csv").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(201)
    expect(table.get_by_role("cell", name="<b>tea</b>").first).to_be_visible()
    expect(page.get_by_test_id("file-prices.csv")).to_contain_text("200 of 300 rows")
    tree = page.get_by_test_id("file-settings.json")
    expect(tree.get_by_text("5432")).to_be_visible()
    tree.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(tree.get_by_text("5432")).not_to_be_visible()
    notes = page.get_by_test_id("file-notes.md")
    expect(notes.get_by_role("heading", name="Notes")).to_be_visible()
    expect(notes.locator(".jd-markdown :is(img, a)")).to_have_count(0)
    log = page.get_by_test_id("file-build.log").locator("pre")
    assert log.evaluate("pre => pre.scrollTop === 0 && pre.innerText.trim().endsWith('step 19999')")
    expect(page.get_by_alt_text("plan.svg")).to_have_js_property("naturalWidth", 30)
    expect(page.get_by_test_id("file-broken.png")).to_contain_text("The picture cannot be shown.")
    expect(page.get_by_test_id("result").get_by_role("row")).to_have_text(["citymean", "Oslo7.1"])
    assert page.evaluate("'struck' in window") is False

    report = page.locator("iframe").content_frame
    expect(report.get_by_role("heading", name="Report")).to_be_visible()
    inner = report.get_by_alt_text("inner")
    until(lambda: (box := inner.bounding_box()) is not None and (box["width"], box["height"]) == (30, 30))
    assert "/jobs" not in asked


def test_a_link_in_markdown_opens_beside_the_page(
    open_page: OpenPage, instance: Instance, script: Script, complaints: Complaints
) -> None:
    complaints.expect("elsewhere.example|ERR_NAME_NOT_RESOLVED")
    job_id = instance.start("play", script=script)
    script.attach("notes.md", "[there](https://elsewhere.example/)", "text/markdown")
    page = open_page(f"/jobs/{job_id}")
    page.get_by_test_id("show-notes.md").click()

    with page.expect_popup() as opened:
        page.get_by_role("link", name="there").click()

    opened.value.close()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    assert page.url.endswith(f"/jobs/{job_id}")


def test_previews_fit_a_phone(open_page: OpenPage, instance: Instance, script: Script, complaints: Complaints) -> None:
    complaints.expect('Content Security Policy directive: "(img|media)-src data: blob:"')
    job_id = finished(instance, script)
    page = open_page(f"/jobs/{job_id}", size=PHONE, has_touch=True, is_mobile=True)

    show_all(page)

    expect_no_sideways_scroll(page)
