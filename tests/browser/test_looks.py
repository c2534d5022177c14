"""What only a picture shows: a phone's width, light and dark, and what a screen reader is told."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from starlette.requests import Request

from app.db import State
from app.pages.first_paint.lean_styles import UNUSED_CLASS
from app.processes.http.sign_in_page import sign_in_page
from tests.browser.complaints import Complaints
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.script import Script
from tests.browser.tab import ask_to_start, card, expect_no_sideways_scroll
from tests.e2e.instance import Instance
from tests.waiting import until

AXE = Path(__file__).with_name("axe") / "axe.min.js"
NOWHERE = "404.*(/nowhere/at/all|/jobs/999999)"
GROUNDS = {"light": "rgb(245, 244, 240)", "dark": "rgb(17, 19, 21)"}


@pytest.fixture
def filled(instance: Instance, script: Script) -> dict[str, int]:
    """Jobs that make every part of the pages show something; by state."""
    failed = instance.start("number", number=1)
    done = instance.start("data_report")
    running = instance.start("play", script=script, name="a rather long name " * 8)
    script.progress(1, 3, "Reading a file with a very long name that does not fit on a phone " * 3)
    script.log("a_line_without_any_blank_in_it_that_is_longer_than_a_phone_is_wide_" * 4)
    instance.wait_for(failed, State.FAILED)
    instance.wait_for(done, State.SUCCEEDED)
    instance.wait_for(running, State.RUNNING)
    return {"failed": failed, "done": done, "running": running}


def paths(filled: dict[str, int]) -> list[str]:
    """List the pages."""
    return [
        "/",
        "/history",
        "/history?columns=job,state,params.name,result.rows,tags,created,queue,kind,attempt,by",
        "/schedules",
        "/workers",
        "/insights",
        "/settings",
        "/settings/retention",
        "/settings/audit",
        *(f"/jobs/{job_id}" for job_id in filled.values()),
        f"/jobs/{filled['failed']}/compare/{filled['done']}",
        f"/jobs/{filled['running']}/flow",
        "/jobs/999999",
        "/nowhere/at/all",
    ]


def settle(page: Page) -> None:
    """Wait until nothing is being loaded any more."""
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_no_page_is_wider_than_a_phone(open_page: OpenPage, filled: dict[str, int], complaints: Complaints) -> None:
    complaints.expect(NOWHERE)
    page = open_page(size=PHONE, has_touch=True, is_mobile=True)

    for path in paths(filled):
        page.goto(path)
        settle(page)
        expect_no_sideways_scroll(page)
        page.wait_for_function(
            """() => [...document.querySelectorAll(".jd-figures__scroll")].every(
                 (each) => each.scrollWidth <= each.clientWidth)"""
        )
        expect(page.get_by_role("navigation", name="Pages, at the foot")).to_be_in_viewport()


def test_a_phone_starts_and_watches_a_job(open_page: OpenPage, instance: Instance) -> None:
    page = open_page(size=PHONE, has_touch=True, is_mobile=True)

    page.get_by_role("navigation", name="Pages, at the foot").get_by_role("button", name="Start").tap()
    page.get_by_role("combobox", name="Start a job").fill("every")
    page.get_by_role("option", name="Every type").tap()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("start-submit")).to_be_in_viewport(ratio=1)
    expect_no_sideways_scroll(page)
    last = dialog.get_by_test_id("field-limit")
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=1)
    dialog.get_by_test_id("start-cancel").tap()
    expect(dialog).to_have_count(0)
    page.get_by_role("navigation", name="Pages, at the foot").get_by_role("link", name="History").tap()
    page.wait_for_url("**/history")


def test_a_phone_shows_a_few_kinds_until_it_is_asked_for_all(open_page: OpenPage) -> None:
    page = open_page(size=PHONE, has_touch=True, is_mobile=True)
    settle(page)
    rows = page.locator(".jd-startlist__row:visible")

    expect(rows).to_have_count(4)
    page.get_by_test_id("start-all").tap()
    expect(page.get_by_test_id("start-every_type")).to_be_visible()
    expect(page.get_by_test_id("start-all")).to_be_hidden()


def test_the_report_is_readable_on_a_phone(open_page: OpenPage, filled: dict[str, int]) -> None:
    page = open_page(f"/jobs/{filled['done']}", size=PHONE, has_touch=True, is_mobile=True)

    heading = page.locator("iframe").content_frame.get_by_role("heading", level=1)
    box = heading.bounding_box()
    assert box is not None
    assert box["height"] < 80


def test_the_dashboards_columns_end_together_while_nothing_runs(open_page: OpenPage) -> None:
    page = open_page(size=(1440, 900))
    settle(page)

    page.wait_for_function(
        """() => new Set([".jd-dashboard__main > :last-child", ".jd-dashboard__side > :last-child"].map(
             (each) => Math.round(document.querySelector(each).getBoundingClientRect().bottom))).size === 1"""
    )
    expect(page.get_by_test_id("start-data_report")).to_be_in_viewport(ratio=1)


def test_the_chart_of_the_day_tells_the_hours_of_the_readers_zone(open_page: OpenPage) -> None:
    page = open_page(timezone_id="Asia/Kolkata")

    bar = page.locator(".jd-throughput__bar").last
    expect(bar).to_have_attribute("title", re.compile(r"^\d\d:30 to \d\d:30: "))


def ground(page: Page) -> str:
    """Return the colour behind everything."""
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour


def test_what_comes_in_almost_a_minute_comes_in_a_minute(open_page: OpenPage) -> None:
    page = open_page()
    settle(page)

    said = page.evaluate(
        """async () => {
          const { duration, now, relative } = await import("jobdeck_time");
          return [58500, 59500, 61000].map((wait) => relative(now() + wait)).concat(duration(60));
        }"""
    )

    assert said == ["in 59 s", "in 1 min", "in 1 min", "1 min 00 s"]


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_until_one_is_chosen_and_kept(
    open_page: OpenPage, system: Literal["light", "dark"]
) -> None:
    other = "dark" if system == "light" else "light"
    page = open_page(color_scheme=system)
    settle(page)
    assert ground(page) == GROUNDS[system]

    for theme, shown in ((other, other), ("system", system), (other, other)):
        page.get_by_test_id("theme").click()
        page.get_by_test_id(f"theme-{theme}").click()
        page.wait_for_function(
            "wanted => getComputedStyle(document.body).backgroundColor === wanted", arg=GROUNDS[shown]
        )
    page.reload()

    settle(page)
    assert ground(page) == GROUNDS[other]
    second = page.context.new_page()
    second.goto("/history")
    settle(second)
    assert ground(second) == GROUNDS[other]


EVERY_FRAME = """
window.shown = new Set();
function look() {
  const body = document.body;
  const grounds = body ? [body, body.parentElement].map(one => getComputedStyle(one).backgroundColor) : [];
  grounds.filter(ground => ground !== "rgba(0, 0, 0, 0)").forEach(ground => window.shown.add(ground));
  const name = document.querySelector("header a span");
  if (name) window.shown.add(getComputedStyle(name).color);
  requestAnimationFrame(look);
}
look();
"""


def test_a_dark_page_is_dark_from_its_first_frame(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.add_init_script(EVERY_FRAME)

    page.goto("/")
    settle(page)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    assert set(page.evaluate("[...window.shown]")) == {GROUNDS["dark"], "rgb(235, 233, 228)"}


def test_the_outline_of_the_page_stands_there_until_its_elements_come(open_page: OpenPage) -> None:
    page = open_page("/history")
    settle(page)
    held: list[Route] = []
    page.route("**/quasar.umd.prod.js", lambda route: held.append(route))
    outline = page.locator(".jd-outline")

    page.reload(wait_until="commit")
    expect(outline).to_be_visible()
    expect(outline).to_contain_text("Jobdeck")
    expect(outline.locator("[aria-current=page]")).to_have_text("History")
    until(lambda: page.evaluate("true") and bool(held))
    held[0].continue_()

    settle(page)
    expect(outline).to_be_hidden()


def faults(page: Page) -> list[str]:
    """Look for barriers with axe (names, roles, contrast, landmarks, structure), and for classes that have no rules."""
    without_rules = page.evaluate(
        """unused => [...new Set([...document.querySelectorAll("[class]")].flatMap((each) => [...each.classList]))]
             .filter((name) => new RegExp(`^${unused}$`).test(name))""",
        UNUSED_CLASS,
    )
    assert without_rules == [], "first_paint/lean_styles.py leaves out what is used here"
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = violations(page, {})
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", GROUNDS["dark"])
    found += violations(page, {"runOnly": ["color-contrast"]})  # the only rule that a theme has part in
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_css("background-color", GROUNDS["light"])
    return found


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """Run axe with some options more and return what it finds, a line each."""
    options = {"resultTypes": ["violations"], **options}
    found: dict[str, Any] = page.evaluate("options => axe.run({ exclude: ['iframe'] }, options)", options)
    theme = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [
        f"{page.url} on {theme} {each['id']}: {node['html'][:160]} "
        + (node["any"][0]["message"] if node["any"] else each["help"])
        for each in found["violations"]
        for node in each["nodes"]
        # NiceGUI's input always names a list of its own, and axe takes such an input for a combobox already.
        if not (each["id"] == "aria-allowed-role" and 'role="combobox"' in node["html"])
    ]


def faults_of_acts(page: Page, filled: dict[str, int]) -> list[str]:
    """Look at selected rows with their bar, at the undo, at the question before a pause, and at a paused queue."""
    page.goto("/history")
    settle(page)
    for name in ("failed", "done"):
        page.get_by_test_id(f"select-{filled[name]}").check()
        expect(page.get_by_test_id(f"job-row-{filled[name]}")).to_have_attribute("data-picked", "true")
    page.mouse.move(0, 0)
    found = faults(page)
    page.get_by_test_id("columns").click()
    expect(page.get_by_test_id("column-tags")).to_be_visible()
    found += faults(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("column-tags")).to_have_count(0)
    page.get_by_test_id("bulk-delete").click()
    undo = page.get_by_test_id("undo")
    expect(undo).to_be_visible()
    found += faults(page)
    page.evaluate("document.querySelector('[data-testid=undo]')?.click()")  # a slow look at it may outlast it
    expect(undo).to_have_count(0)
    page.goto("/")
    settle(page)
    page.get_by_test_id("queue-menu-bulk").click()
    page.get_by_test_id("pause-queue-bulk").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("menu")).to_have_count(0)
    found += faults(page)
    page.get_by_test_id("pause-reason").fill("a test")
    page.get_by_test_id("confirm-pause").click()
    resume = page.get_by_test_id("resume-queue-bulk")
    expect(resume).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    found += faults(page)
    resume.click()
    expect(resume).to_be_hidden()
    return found


def test_signing_in_has_no_barrier_light_or_dark(new_person: Callable[..., BrowserContext]) -> None:
    page = new_person(color_scheme="light").new_page()
    request = Request({"type": "http", "path": "/login", "query_string": b"", "headers": [], "root_path": ""})
    drawn = sign_in_page(request, where="/history", provider="Example", name="ann", alert="Name or password is wrong.")
    page.route("**/signing-in", lambda route: route.fulfill(body=bytes(drawn.body), content_type="text/html"))
    page.goto("/signing-in")

    assert faults(page) == []


def test_no_page_has_a_barrier_light_or_dark(
    open_page: OpenPage, filled: dict[str, int], complaints: Complaints
) -> None:
    complaints.expect(NOWHERE)
    page = open_page(color_scheme="light", reduced_motion="reduce")
    found = []

    for path in paths(filled):
        page.goto(path)
        settle(page)
        found += faults(page)
    page.goto("/")
    settle(page)
    expect(card(page, filled["running"])).to_be_visible()
    ask_to_start(page, "every_type")
    page.get_by_test_id("presets").click()
    expect(page.get_by_test_id("preset-name")).to_be_visible()
    found += faults(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("preset-name")).to_have_count(0)
    page.get_by_test_id("more").click()
    page.get_by_test_id("start-submit").click()
    expect(page.get_by_test_id("error-day")).to_be_visible()
    found += faults(page)
    page.get_by_test_id("field-text").fill("ab")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("keep-editing")).to_be_focused()
    found += faults(page)
    page.get_by_test_id("throw-away").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette-0")).to_be_visible()
    found += faults(page)
    found += faults_of_acts(page, filled)

    assert not found, "\n".join(found)


def test_no_text_of_the_palette_is_cut_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(size=PHONE)
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("palette-0")).to_be_visible()

    placeholder = page.get_by_role("combobox", name="Start a job").evaluate("""(field) => {
        const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;  // style.font is empty
        pen.letterSpacing = style.letterSpacing;
        return { needs: pen.measureText(field.placeholder).width, has: field.clientWidth };
    }""")
    assert placeholder["needs"] <= placeholder["has"]
    lines = page.locator("[data-testid^='palette-'][role=option]")
    cut = "(lines) => lines.filter((line) => line.scrollWidth > line.clientWidth).map((line) => line.innerText)"
    assert lines.evaluate_all(cut) == []
