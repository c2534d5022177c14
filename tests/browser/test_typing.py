"""What is typed stays, whatever the server says of the same field meanwhile: its word is older."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.tab import ask_to_start, put, started
from tests.browser.test_lost_acts import expect_live
from tests.browser.test_presses import Held
from tests.e2e.instance import Instance
from tests.waiting import until

HOUR = 3600.0
# So often the one field in which somebody types was sent by the server since.
COUNT_DRAWN = """() => {
  const id = document.querySelector("[data-testid=rule-kind]").id.slice(1);
  window.drawn = 0;
  window.socket.on("update", (elements) => { if (id in elements) window.drawn++; });
}"""


def test_what_is_typed_while_a_field_is_emptied_stays(
    new_person: Callable[..., BrowserContext], instance: Instance
) -> None:
    job_id = instance.start("no_parameters", delay_seconds=HOUR)
    page = new_person().new_page()
    held = Held(page)
    page.goto(f"/jobs/{job_id}")
    field, notes = page.locator(f"textarea[data-testid=note-{job_id}]"), page.locator(".jd-note-of")
    expect(field).to_be_visible()
    expect_live(page)
    field.fill("One.")

    with held as messages:
        page.get_by_test_id(f"add-note-{job_id}").click()
        until(lambda: page.evaluate("true") and any("updateValue" in each for each in messages))
        field.press_sequentially(" Two.")

    expect(notes).to_contain_text("One.")
    field.press_sequentially(" Three.")
    expect(field).to_have_value("One. Two. Three.")
    page.get_by_test_id(f"add-note-{job_id}").click()
    expect(notes).to_have_count(2)
    expect(field).to_have_value("")
    instance.cancel(job_id)


def test_half_a_character_reaches_the_job_as_it_is_shown(open_page: OpenPage, instance: Instance) -> None:
    page = open_page()
    ask_to_start(page, "texts")
    put(page, "names", "Ada")
    put(page, "text", "before")

    page.evaluate(r"""() => {
        const field = document.querySelector("[data-testid=field-text]");
        field.value = "cut \\ud83d\ud83d, whole \ud83d\ude00";
        field.dispatchEvent(new InputEvent("input", {bubbles: true, inputType: "insertFromPaste"}));
    }""")
    page.get_by_test_id("start-submit").click()

    job = instance.wait_for(started(page), State.SUCCEEDED)
    assert job.params["text"] == "cut \\ud83d\ufffd, whole \U0001f600"


@pytest.mark.parametrize(
    ("path", "name", "typed", "chosen"),
    [
        ("/settings/retention", "rule-kind", "no param", "No parameters"),
        ("/settings/appearance", "settings-zone", "pacific/hon", "Pacific/Honolulu"),
        ("/history", "kind-filter", "play a", "Play a script"),
    ],
)
def test_enter_takes_the_first_line_that_has_what_was_typed(
    open_page: OpenPage, path: str, name: str, typed: str, chosen: str
) -> None:
    page = open_page(path)
    field = page.get_by_test_id(name)
    expect_live(page)

    field.click()
    field.press("Control+a")
    field.press_sequentially(typed)
    field.press("Enter")

    expect(page.get_by_test_id(name)).to_have_value(chosen)
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_ctrl_enter_takes_no_line(open_page: OpenPage) -> None:
    page = open_page("/settings/retention")
    kind = page.get_by_test_id("rule-kind")
    expect_live(page)
    before = kind.input_value()
    kind.click()
    kind.press_sequentially("no param")
    expect(page.get_by_role("option")).to_have_text(["No parameters"])

    kind.press("Control+Enter")
    kind.blur()

    expect(kind).to_have_value(before)


def test_what_was_found_in_a_list_that_is_drawn_again_stays_found(open_page: OpenPage) -> None:
    page = open_page("/settings/retention")
    kind = page.get_by_test_id("rule-kind")
    expect(kind).to_be_visible()
    expect_live(page)
    page.evaluate(COUNT_DRAWN)
    kind.click()
    kind.press_sequentially("no param")
    expect(page.get_by_role("option")).to_have_text(["No parameters"])

    page.evaluate("window.socket.io.engine.close()")  # after it every element is sent again
    page.wait_for_function("window.drawn > 0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("rule-preview")).to_contain_text("No parameters")
    expect(kind).to_have_value("No parameters")
