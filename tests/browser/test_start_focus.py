"""Where the focus is in a form, what leads to a wrong field, and what must not stand before its buttons."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.tab import LASTING_TOASTS, ask_to_start, fill, started
from tests.e2e.instance import Instance


def test_start_leads_to_the_wrong_field_inside_a_list_and_a_group(open_page: OpenPage) -> None:
    page = open_page(size=(1280, 600))
    ask_to_start(page, "group_last")
    page.get_by_test_id("add-days").click()
    street = page.get_by_test_id("field-address.street")
    street.fill("")
    page.get_by_test_id("field-one").focus()

    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("field-days.0")).to_be_focused()
    expect(page.get_by_test_id("error-days.0")).to_be_in_viewport()
    page.get_by_role("button", name="Remove Days 1").click()
    page.get_by_test_id("field-one").focus()
    page.keyboard.press("Control+Enter")

    expect(street).to_be_focused()
    expect(page.get_by_test_id("error-address.street")).to_be_in_viewport()


def test_start_leads_to_what_is_wrong_under_more(open_page: OpenPage) -> None:
    page = open_page(size=(1280, 600))
    ask_to_start(page, "group_last")
    page.get_by_test_id("more").click()
    page.get_by_role("button", name="After a delay").click()
    page.get_by_test_id("field-one").focus()

    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("textbox", name="Delay")).to_be_focused()
    expect(page.get_by_text("Not a duration.")).to_be_in_viewport()


def test_ctrl_enter_starts_where_the_first_field_is_an_upload(open_page: OpenPage) -> None:
    page = open_page()

    ask_to_start(page, "upload_first")
    page.wait_for_function("document.activeElement.closest('[role=dialog]') !== null")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("dialog")).to_have_count(0)
    started(page)


def test_ctrl_enter_starts_after_a_click_on_the_ground_of_the_form(open_page: OpenPage) -> None:
    page = open_page()
    dialog = ask_to_start(page, "no_parameters")

    dialog.get_by_role("heading").click()
    page.keyboard.press("Control+Enter")

    started(page)


def test_a_wrong_secret_is_marked_and_what_was_typed_stays(open_page: OpenPage) -> None:
    page = open_page()
    ask_to_start(page, "secret_pin")
    pin = page.get_by_test_id("field-pin")

    fill(page, "pin", "12")

    expect(page.get_by_test_id("error-pin")).to_be_visible()
    expect(pin).to_have_attribute("aria-invalid", "true")
    expect(pin).to_have_value("12")
    pin.press("End")
    page.keyboard.type("34")
    pin.blur()
    expect(page.get_by_test_id("error-pin")).to_be_hidden()
    expect(pin).to_have_attribute("aria-invalid", "false")
    expect(pin).to_have_value("1234")


@pytest.mark.parametrize("size", [(1440, 900), (820, 700), PHONE])
def test_a_toast_leaves_the_buttons_of_a_form_free(
    new_person: Callable[..., BrowserContext], instance: Instance, size: tuple[int, int]
) -> None:
    instance.start("only_one", delay_seconds=3600, name=f"at {size}")
    page = new_person(size=size).new_page()
    page.add_init_script(LASTING_TOASTS)
    page.goto("/")
    ask_to_start(page, "only_one")
    fill(page, "name", f"at {size}")
    page.get_by_test_id("start-submit").click()
    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text("Already there")
    expect(page.get_by_role("dialog")).to_have_count(0)

    ask_to_start(page, "every_type")

    covered = toast.bounding_box()
    assert covered is not None
    for name in ("start-cancel", "start-submit"):
        button = page.get_by_test_id(name).bounding_box()
        assert button is not None
        is_beside = covered["x"] + covered["width"] <= button["x"] or button["x"] + button["width"] <= covered["x"]
        is_above = covered["y"] + covered["height"] <= button["y"]
        assert is_beside or is_above, name
