"""Leaving a form: an unchanged one closes at once, from a changed one nothing is thrown away without a question."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.db import State
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.tab import ask_to_start, expect_file_kept, fill, started, wait_until_kept
from tests.e2e.instance import Instance

WAYS_OUT: list[Callable[[Page], None]] = [
    lambda page: page.keyboard.press("Escape"),
    lambda page: page.mouse.click(8, 300),  # beside it
    lambda page: page.get_by_role("button", name="Close", exact=True).click(),
    lambda page: page.get_by_test_id("start-cancel").click(),
]


def question(page: Page) -> Locator:
    """Find what asks whether to throw it away."""
    return page.get_by_role("alertdialog", name="Throw away what you filled in?")


def test_an_unchanged_form_closes_at_once(open_page: OpenPage) -> None:
    page = open_page()

    for leave in WAYS_OUT:
        ask_to_start(page, "every_type")
        page.get_by_test_id("field-text").focus()
        page.get_by_test_id("field-whole").focus()

        leave(page)

        expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_changed_form_asks_and_is_kept_or_thrown_away(open_page: OpenPage) -> None:
    page = open_page()
    number = page.get_by_label("Number", exact=True)

    for leave in WAYS_OUT:
        ask_to_start(page, "number")
        expect(number).to_have_value("")  # nothing of what was thrown away
        number.press_sequentially("12")  # and not left: what is typed counts at once

        leave(page)
        expect(question(page).get_by_role("button", name="Keep editing")).to_be_focused()
        page.keyboard.press("Enter")
        expect(question(page)).to_be_hidden()
        expect(number).to_have_value("12")
        leave(page)
        question(page).get_by_role("button", name="Throw away").click()

        expect(page.get_by_role("dialog")).to_have_count(0)
    ask_to_start(page, "number")
    expect(number).to_have_value("")


@pytest.mark.parametrize("way", ["reload", "crash"])
def test_a_page_that_is_left_in_the_middle_of_a_form_has_it_again(
    open_page: OpenPage, instance: Instance, way: str
) -> None:
    page = open_page()
    ask_to_start(page, "every_type")
    text = f"left by {way}"
    page.get_by_label("Text", exact=True).fill(text)
    wait_until_kept(instance, text)

    if way == "crash":
        page.evaluate("window.onbeforeunload = null")  # which tells of the tab's end
    page.reload()
    ask_to_start(page, "every_type")

    expect(page.get_by_label("Text", exact=True)).to_have_value(text)
    expect(page.get_by_test_id("start-restored")).to_be_visible()
    other_tab = page.context.new_page()
    other_tab.goto("/")
    ask_to_start(other_tab, "every_type")
    expect(other_tab.get_by_label("Text", exact=True)).to_have_value("")


def test_escape_at_the_question_goes_on_with_the_form(open_page: OpenPage) -> None:
    page = open_page()
    ask_to_start(page, "number")
    number = page.get_by_label("Number", exact=True)
    number.press_sequentially("12")

    page.keyboard.press("Escape")
    expect(question(page).get_by_role("button", name="Keep editing")).to_be_focused()
    page.keyboard.press("Control+Enter")  # starts nothing while it is asked
    page.keyboard.press("Escape")
    expect(question(page)).to_be_hidden()
    expect(number).to_be_focused()
    page.keyboard.type("4")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_test_id("toast")).to_have_count(1)
    started(page)


def test_escape_in_an_open_list_of_choices_closes_only_that(open_page: OpenPage) -> None:
    page = open_page()
    ask_to_start(page, "every_type")
    fill(page, "text", "some text")

    page.get_by_test_id("field-size").click()
    expect(page.get_by_role("option", name="small")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(question(page)).to_be_hidden()
    expect(page.get_by_test_id("field-text")).to_have_value("some text")


def test_an_upload_is_a_change_and_an_earlier_one_is_none(
    open_page: OpenPage, instance: Instance, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("a")
    page = open_page()
    dialog = ask_to_start(page, "upload_first")
    dialog.locator("input[type=file]").set_input_files(file)
    expect_file_kept(dialog)
    page.keyboard.press("Escape")
    question(page).get_by_role("button", name="Keep editing").click()
    page.get_by_test_id("start-submit").click()
    job_id = started(page)
    instance.wait_for(job_id, State.SUCCEEDED)

    page.goto(f"/jobs/{job_id}")
    page.get_by_test_id(f"more-{job_id}").click()
    page.get_by_test_id(f"edit-{job_id}").click()
    expect(page.get_by_role("dialog").get_by_text("a.txt")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_question_is_seen_whole(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = open_page(size=size)
    ask_to_start(page, "no_parameters")
    page.get_by_test_id("more").click()
    page.get_by_test_id("priority").get_by_role("button", name="High").click()
    page.get_by_test_id("more").click()

    page.keyboard.press("Escape")

    dialog, asked = page.get_by_role("dialog").locator(".jd-dialog"), question(page)
    expect(asked).to_be_in_viewport(ratio=1)
    frame, inner = dialog.bounding_box(), asked.bounding_box()
    assert frame is not None
    assert inner is not None
    assert frame["y"] <= inner["y"]
    assert inner["y"] + inner["height"] <= frame["y"] + frame["height"]
