"""What a person sees while a part is away, and after it is back, without doing anything."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.complaints import LOST, Complaints
from tests.browser.conftest import OpenPage
from tests.browser.script import Script
from tests.browser.tab import ask_to_start, card, expect_state, record, recorded, started, wait_until_kept
from tests.e2e.instance import Instance
from tests.patience import patient

BACK_SECONDS = 30


@pytest.fixture
def mended(instance: Instance) -> Iterator[Instance]:
    """The instance for a test that harms it: at the end every part is there again."""
    yield instance
    instance.wait_until_ready()


def expect_live(page: Page) -> None:
    """Wait until the page says that it is live."""
    expect(page.get_by_test_id("connection").get_by_text("Live", exact=True)).to_be_visible(
        timeout=patient(BACK_SECONDS) * 1000
    )


def test_a_form_is_filled_in_again_after_the_web_process_was_killed(
    open_page: OpenPage, mended: Instance, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    page = open_page()
    ask_to_start(page, "number")
    page.get_by_label("Number", exact=True).fill("123456")
    wait_until_kept(mended, "123456")

    record(page, "[data-testid=connection]")

    mended.kill("web")
    page.wait_for_function("window.recorded.connection.some((words) => words.includes('Reconnecting…'))")
    expect_live(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    ask_to_start(page, "number")

    expect(page.get_by_label("Number", exact=True)).to_have_value("123456")


def test_a_palette_that_comes_very_late_can_still_be_given_up(open_page: OpenPage, mended: Instance) -> None:
    page = open_page("/history")
    expect_live(page)

    with mended.frozen("web"):
        page.keyboard.press("Control+k")
        page.wait_for_function("window.jdAwaitsPalette === false")
        page.keyboard.press("Escape")
    page.locator("input[data-testid=query]").press("a")

    expect(page).to_have_url(re.compile("q=a"))  # the server has heard all that came before
    expect(page.locator("input[data-testid=query]")).to_have_value("a")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_while_valkey_is_away_the_page_says_so_and_starts_are_kept(
    open_page: OpenPage, mended: Instance, script: Script
) -> None:
    page = open_page()
    expect_live(page)
    script.progress(1, 10, "Working")
    running = mended.start("play", script=script)
    expect(card(page, running)).to_contain_text("Working")
    record(page, "[data-testid=connection]", "data-state")

    mended.kill("valkey")
    page.wait_for_function("window.recorded.connection.includes('reconnecting')")
    ask_to_start(page, "no_parameters")
    page.get_by_test_id("start-submit").click()
    job_id = started(page)

    expect_live(page)
    expect_state(page, job_id, "Succeeded", seconds=60)
    script.progress(9, 10, "Went on")
    expect(card(page, running)).to_contain_text("Went on")
    script.end()
    expect_state(page, running, "Succeeded")
    assert recorded(page, "connection")[-1] == "live"


def test_a_locked_database_is_a_sentence_and_then_it_goes_on(open_page: OpenPage, mended: Instance) -> None:
    page = open_page()
    dialog = ask_to_start(page, "no_parameters")

    with mended.database.locked():
        page.get_by_test_id("start-submit").click()
        expect(dialog.get_by_test_id("start-alert")).to_contain_text("The database is busy", timeout=patient(20) * 1000)
        expect(dialog.get_by_test_id("start-alert")).to_contain_text("Nothing is lost.")
    page.get_by_test_id("start-submit").click()

    expect_state(page, started(page), "Succeeded")


def test_a_person_who_is_offline_is_told_and_then_sees_what_was_missed(
    open_page: OpenPage, instance: Instance, script: Script, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    page = open_page()
    job_id = instance.start("play", script=script)
    expect(card(page, job_id)).to_be_visible()

    page.context.set_offline(True)
    expect(page.get_by_test_id("connection").get_by_text("Reconnecting…")).to_be_visible(
        timeout=patient(BACK_SECONDS) * 1000
    )
    script.progress(1, 2, "Half way, unseen")
    page.keyboard.press("Control+k")
    page.locator("input[data-testid=query]").press("a")
    expect(page.locator("input[data-testid=query]")).to_have_value("a")  # no palette can come that takes the key
    page.locator("input[data-testid=query]").press("Backspace")
    page.context.set_offline(False)

    expect_live(page)
    expect(card(page, job_id)).to_contain_text("Half way, unseen")
    expect(page.get_by_role("dialog")).to_have_count(0)
