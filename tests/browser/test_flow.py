"""A flow that is built, watched and walked through in the page."""

from playwright.sync_api import expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.script import Script
from tests.browser.tab import choose, expect_state, fill
from tests.e2e.instance import Instance


def test_a_flow_is_built_from_the_page_and_runs(open_page: OpenPage, instance: Instance, script: Script) -> None:
    first = instance.start("play", script=script)
    instance.wait_for(first, State.RUNNING)
    page = open_page(f"/jobs/{first}/flow")

    page.get_by_test_id("flow-then-start").click()
    choose(page, "then-kind", "Only one")
    page.get_by_test_id("then-next").click()
    expect(page.get_by_test_id("start-note")).to_have_text(f"After Play a script #{first}, when it has succeeded.")
    fill(page, "name", "of a flow")
    page.get_by_test_id("start-submit").click()
    expect(page.get_by_test_id("flow-states")).to_have_text("2 jobs: 1 scheduled, 1 running")
    then = instance.get(f"/jobs/{first}/flow")["nodes"][-1]["id"]
    expect_state(page, then, "Scheduled")
    script.end()

    expect_state(page, then, "Succeeded")
    expect(page.get_by_test_id("flow-states")).to_have_text("2 jobs: 2 succeeded")
    page.get_by_test_id(f"flow-job-{first}").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id(f"flow-job-{then}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("flow-chosen")).to_contain_text(f"#{then}")
    drawn = page.get_by_test_id("flow-drawing").locator(f"[data-job='{then}']")
    expect(drawn).to_have_attribute("data-chosen", "true")
    page.get_by_test_id("flow-drawing").locator(f"[data-job='{first}']").click()
    expect(page.get_by_test_id(f"flow-job-{first}")).to_have_attribute("aria-selected", "true")
