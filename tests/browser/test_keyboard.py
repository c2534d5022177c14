"""Everything by keyboard: shortcuts, the palette, the history's rows, dialogs, and where the focus is."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.tab import expect_state, started
from tests.e2e.instance import Instance

# Whether what has the focus is marked: an outline, or a border or shadow that it has not without the focus.
_IS_MARKED = """async () => {
  const element = document.activeElement, box = element.closest(".q-field") ?? element;
  const elements = [element, box, ...box.querySelectorAll("*")];
  const parts = elements.flatMap((each) => [[each], [each, "::before"], [each, "::after"]]);
  const look = () => parts.map((part) => {
    const style = getComputedStyle(...part);
    return [style.outlineStyle === "none" ? "" : style.outline, style.boxShadow, style.border, style.opacity].join();
  }).join();
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  for (const until = Date.now() + 3000; Date.now() < until; ) {
    element.blur();
    await drawn();
    const plain = look();
    element.focus();
    await drawn();
    if (look() !== plain) return true;
  }
  return false;
}"""
# Whether something beside the dialog has the focus; between its end and its beginning the browser itself has it.
_IS_OUTSIDE = "document.activeElement !== document.body && !document.activeElement.closest('[role=dialog]')"


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_the_palette_starts_a_job(open_page: OpenPage) -> None:
    page = open_page("/history")

    press(page, "Control+k")
    query = page.get_by_role("combobox", name="Start a job")
    expect(query).to_be_focused()
    page.keyboard.type("no param")
    expect(page.get_by_test_id("palette-0")).to_contain_text("No parameters")
    press(page, "Enter")
    expect(page.get_by_role("dialog", name="Start No parameters")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1)
    press(page, "Control+Enter")

    expect_state(page, started(page), "Succeeded")


def test_what_is_typed_before_the_palette_is_there_lands_in_it(open_page: OpenPage) -> None:
    page = open_page("/history")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")

    press(page, "Control+k")
    page.keyboard.type("no parax")
    press(page, "Backspace")
    page.keyboard.type("m")
    press(page, "Enter")

    expect(page.get_by_role("dialog", name="Start No parameters")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_escape_closes_a_palette_that_is_on_its_way(open_page: OpenPage) -> None:
    page = open_page("/history")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")

    press(page, "Control+k", "s", "Escape")
    expect(page.locator(".q-dialog--modal")).to_have_count(0)  # it may have come before Escape, and has the focus
    page.locator("input[data-testid=query]").fill("typed after it")

    expect(page.locator("input[data-testid=query]")).to_have_value("typed after it")
    expect(page).to_have_url(re.compile("typed"))  # the server has heard all that came before
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Start a job")).to_be_focused()
    expect(page.get_by_role("combobox", name="Start a job")).to_have_value("")


def test_the_palette_goes_to_pages_and_jobs(open_page: OpenPage, instance: Instance) -> None:
    job_id = instance.start("number", number=4)
    instance.wait_for(job_id, State.SUCCEEDED)
    page = open_page()

    for typed, label, address in (
        ("history", "History", "**/history"),
        (f"#{job_id}", f"Number #{job_id}", f"**/jobs/{job_id}"),
    ):
        press(page, "Control+k")
        expect(page.get_by_role("combobox", name="Start a job")).to_be_focused()
        page.keyboard.type(typed)
        expect(page.get_by_role("option", selected=True)).to_contain_text(label)
        press(page, "Enter")
        page.wait_for_url(address)
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_escape_closes_the_palette(open_page: OpenPage) -> None:
    page = open_page()

    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Start a job")).to_be_focused()
    press(page, "ArrowDown")
    expect(page.get_by_test_id("palette-1")).to_have_attribute("aria-selected", "true")
    press(page, "Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)


def test_slash_searches_on_the_page_and_from_any_page(open_page: OpenPage, instance: Instance) -> None:
    job_id = instance.start("number", number=6)
    instance.wait_for(job_id, State.SUCCEEDED)
    page = open_page("/history")
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_be_visible()

    press(page, "/")
    expect(page.get_by_label("Search jobs")).to_be_focused()
    page.keyboard.type("/a?b")
    expect(page.get_by_label("Search jobs")).to_have_value("/a?b")
    page.goto(f"/jobs/{job_id}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    press(page, "/")

    page.wait_for_url("**/history")
    expect(page.get_by_label("Search jobs")).to_be_focused()


def test_the_list_of_shortcuts_opens_and_closes(open_page: OpenPage) -> None:
    page = open_page()

    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("Shortcuts")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(page, "g", "h")
    page.wait_for_url("**/history")
    press(page, "g", "d")
    page.wait_for_url(re.compile(r"/$"))


def test_the_rows_of_the_history_are_walked_and_opened(open_page: OpenPage, instance: Instance) -> None:
    ids = [instance.start("number", number=each) for each in (2, 4, 6)]
    instance.wait_for_all(ids, State.SUCCEEDED)
    page = open_page("/history?kind=number")
    rows = [page.get_by_test_id(f"job-row-{job_id}") for job_id in reversed(ids)]
    expect(rows[0]).to_be_visible()

    press(page, "j")
    expect(rows[0]).to_be_focused()
    press(page, "j")
    expect(rows[1]).to_be_focused()
    press(page, "j")
    expect(rows[2]).to_be_focused()
    press(page, "k")
    expect(rows[1]).to_be_focused()
    press(page, "Enter")

    page.wait_for_url(f"**/jobs/{ids[1]}")


def test_the_focus_is_seen_on_everything_that_the_tab_key_reaches(
    new_person: Callable[..., BrowserContext], instance: Instance
) -> None:
    job_id = instance.start("number", number=8)
    instance.wait_for(job_id, State.SUCCEEDED)

    page = new_person().new_page()
    for path in ("/", "/history", f"/jobs/{job_id}"):
        page.goto(path)
        expect(page.get_by_test_id(f"state-{job_id}")).to_be_visible()
        seen = set()
        for _ in range(60):
            press(page, "Tab")
            name = page.evaluate("document.activeElement.outerHTML")
            if name.startswith("<body") or name in seen:
                break
            seen.add(name)
            assert page.evaluate(_IS_MARKED), f"{path}: {name[:200]}"
        assert len(seen) >= 10


def test_a_dialog_keeps_the_focus_and_gives_it_back(open_page: OpenPage) -> None:
    page = open_page()
    start = page.get_by_test_id("start-number")

    start.focus()
    press(page, "Enter")
    dialog = page.get_by_role("dialog")
    expect(page.get_by_label("Number", exact=True)).to_be_focused()
    for _ in range(12):
        press(page, "Tab")
        assert page.evaluate(_IS_OUTSIDE) is False
    press(page, "Escape")

    expect(dialog).to_have_count(0)
    expect(start).to_be_focused()


def test_ctrl_k_pressed_twice_opens_one_palette_that_escape_closes(open_page: OpenPage) -> None:
    page = open_page("/history")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")

    press(page, "Control+k", "Control+k")
    page.keyboard.type("no param")
    expect(page.get_by_test_id("palette-0")).to_contain_text("No parameters")
    press(page, "Control+k")
    expect(page.get_by_role("dialog")).to_have_count(1)
    press(page, "Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("input[data-testid=query]").press("a")
    expect(page.locator("input[data-testid=query]")).to_have_value("a")


def test_escape_closes_a_palette_on_its_way_that_was_asked_for_twice(open_page: OpenPage) -> None:
    page = open_page("/history")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")

    press(page, "Control+k", "Control+k", "Escape")
    page.locator("input[data-testid=query]").press("a")

    expect(page.locator("input[data-testid=query]")).to_have_value("a")
    expect(page).to_have_url(re.compile("q=a"))  # the server has heard all that came before
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.fixture
def early_page(new_person: Callable[..., BrowserContext]) -> tuple[Page, Callable[[], None]]:
    """The page of the history whose connection does not stand yet, and what lets it stand."""
    page = new_person().new_page()
    held: list[Callable[[], None]] = []
    answers: list[bool] = []

    def hold(route: WebSocketRoute) -> None:
        def answer(message: str | bytes) -> None:
            if answers:
                route.send(message)
            else:
                held.append(lambda: route.send(message))

        route.connect_to_server().on_message(answer)

    def connect() -> None:
        answers.append(True)
        for send in held:
            send()

    page.route_web_socket(re.compile("."), hold)
    page.goto("/history")
    expect(page.locator("input[data-testid=query]")).to_be_visible()
    return page, connect


@pytest.mark.parametrize("again", range(2))  # the order was a matter of milliseconds
def test_escape_closes_a_palette_that_was_asked_for_before_the_connection_stood(
    early_page: tuple[Page, Callable[[], None]], again: int
) -> None:
    page, connect = early_page

    press(page, "Control+k", "Control+k", "Escape")
    connect()
    page.locator("input[data-testid=query]").press("a")

    expect(page.locator("input[data-testid=query]")).to_have_value("a")
    expect(page).to_have_url(re.compile("q=a"))  # the server has heard all that came before
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("again", range(2))
def test_keys_that_belong_together_stay_in_order_before_the_connection_stands(
    early_page: tuple[Page, Callable[[], None]], again: int
) -> None:
    page, connect = early_page

    press(page, "g", "d")
    connect()

    page.wait_for_url(re.compile(r":\d+/$"))


def test_what_is_typed_reaches_a_palette_that_comes_while_another_fades(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="no-preference")
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Start a job")).to_be_focused()

    press(page, "Escape")
    page.wait_for_selector(".q-dialog--modal", state="detached")
    press(page, "Control+k")
    page.keyboard.type("no param")

    expect(page.locator(".q-dialog--modal").get_by_role("combobox")).to_have_value("no param")
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_what_is_typed_after_a_click_reaches_the_palette_that_comes(open_page: OpenPage) -> None:
    page = open_page("/history")

    page.get_by_test_id("palette").click()
    page.keyboard.type("no param")
    expect(page.get_by_role("combobox", name="Start a job")).to_have_value("no param")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_test_id("palette").click()
    press(page, "Escape")
    page.locator("input[data-testid=query]").press("a")

    expect(page.locator("input[data-testid=query]")).to_have_value("a")
    expect(page).to_have_url(re.compile("q=a"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_over_a_form_ctrl_k_does_nothing_and_takes_no_keys(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_test_id("start-number").click()
    expect(page.get_by_label("Number", exact=True)).to_be_focused()

    press(page, "Control+k")
    page.keyboard.type("12")

    expect(page.get_by_label("Number", exact=True)).to_have_value("12")
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_keys_work_while_a_dialog_is_still_fading(open_page: OpenPage) -> None:
    page = open_page()
    press(page, "?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()

    press(page, "Escape")
    page.wait_for_selector(".q-dialog--modal", state="detached")
    press(page, "Control+k")
    page.keyboard.type("no param")

    expect(page.get_by_role("combobox", name="Start a job")).to_have_value("no param")
    expect(page.get_by_role("dialog")).to_have_count(1)
