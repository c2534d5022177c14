"""A person makes, pauses, changes, imports and runs schedules, in a browser."""

import re

from playwright.sync_api import expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.tab import choose, fill, put
from tests.e2e.instance import Instance

# Quasar's transitions (300 ms) last five times as long, as on a machine that does much else.
SLOW = """const wait = window.setTimeout;
window.setTimeout = (act, ms, ...more) => wait(act, ms === 300 ? 1500 : ms, ...more);"""
BEAT = """timezone = "Europe/Berlin"
beat_schedule = {
    "nightly": {"task": "shop.tasks.number", "schedule": crontab(minute=30, hour=2), "args": (4,)},
    "sun": {"task": "shop.tasks.number", "schedule": solar("sunset", 52.5, 13.4), "args": (4,)},
}
"""


def test_a_schedule_is_made_paused_changed_imported_and_run(open_page: OpenPage, instance: Instance) -> None:
    page = open_page("/schedules")

    page.get_by_test_id("new-schedule").click()
    choose(page, "schedule-kind", "Number")
    page.get_by_test_id("schedule-name").fill("Evens")
    page.get_by_test_id("schedule-cron").fill("30 2 13 * 5")
    page.get_by_test_id("schedule-zone").fill("America/New_York")
    expect(page.get_by_test_id("schedule-preview")).to_contain_text("one of both is enough")
    page.get_by_test_id("schedule-overlap-wait").check()
    fill(page, "number", "8")
    page.get_by_test_id("save-schedule").click()
    row = page.get_by_test_id(re.compile("^schedule-row-")).filter(has_text="Evens")
    expect(row).to_contain_text("(America/New_York)")

    row.get_by_test_id(re.compile("^pause-schedule-")).click()
    page.get_by_test_id("pause-reason").fill("holidays")
    page.get_by_test_id("confirm-pause").click()
    expect(row).to_contain_text("Paused by local: holidays")

    row.get_by_role("link", name="Evens").click()
    expect(page.get_by_text("It starts when the old one has ended; one waits at most.")).to_be_visible()
    page.get_by_test_id(re.compile("^edit-schedule-")).click()
    page.get_by_role("button", name="At an interval").click()
    page.get_by_test_id("schedule-every").fill("90m")
    page.get_by_test_id("schedule-rests").click()
    page.get_by_test_id("schedule-not-between").fill("22:00-06:00")
    expect(page.get_by_test_id("schedule-preview")).to_contain_text("Every 90 minutes; not between 22:00 and 06:00")
    page.get_by_test_id("save-schedule").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Every 90 minutes; not between 22:00 and 06:00")

    page.get_by_test_id(re.compile("^run-with-")).click()
    fill(page, "number", "6")
    page.get_by_test_id("run-with-params").click()
    toast = page.get_by_test_id("toast").filter(has_text=re.compile(r"#\d+"))
    expect(toast).to_be_visible()
    found = re.search(r"#(\d+)", toast.inner_text())
    assert found is not None
    done = instance.wait_for(int(found[1]), State.SUCCEEDED)
    assert (done.result, done.params) == ("6 is even", {"number": 6})

    page.get_by_role("link", name="Schedules").first.click()
    page.get_by_test_id("import-schedules").click()
    page.get_by_role("button", name="Celery beat").click()
    page.get_by_test_id("import-text").fill(BEAT)
    page.get_by_test_id("import-look").click()
    items = page.get_by_test_id("import-items")
    expect(items).to_contain_text("Celery fires at 03:30, Jobdeck at 03:00.")
    expect(items).to_contain_text("The sun is not known here.")
    page.get_by_role("button", name="Import 1 schedule").click()
    expect(page.get_by_test_id(re.compile("^schedule-row-")).filter(has_text="nightly")).to_contain_text(
        "Europe/Berlin"
    )
    for made in instance.get("/schedules")["items"]:  # none starts a job that a later test does not expect
        if made["name"] in ("Evens", "nightly"):
            assert instance.api.delete(f"/api/v1/schedules/{made['id']}").status_code == 204


def test_who_types_while_the_form_of_the_kind_arrives_keeps_the_focus(open_page: OpenPage) -> None:
    page = open_page("/schedules")
    page.add_init_script(SLOW)
    page.reload()
    page.get_by_test_id("new-schedule").click()
    page.get_by_test_id("schedule-kind").click()
    page.get_by_role("option", name="Number", exact=True).click()
    expect(page.get_by_role("listbox")).to_have_count(0)
    cron = page.get_by_test_id("schedule-cron")
    cron.select_text()

    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")  # what moved has come to rest
    page.keyboard.insert_text("30 2 13 * 5")

    expect(cron).to_have_value("30 2 13 * 5")
    expect(page.get_by_test_id("schedule-preview")).to_contain_text("one of both is enough")


def test_a_paste_of_more_than_all_params_may_take_is_said_and_saves_nothing(
    open_page: OpenPage, instance: Instance
) -> None:
    before = instance.get("/schedules")["items"]
    page = open_page("/schedules")
    page.get_by_test_id("new-schedule").click()
    choose(page, "schedule-kind", "Texts")
    page.get_by_test_id("schedule-name").fill("Long")
    page.get_by_test_id("schedule-cron").fill("30 2 13 * *")
    fill(page, "text", "before")

    put(page, "text", "é" * 600_000)
    page.get_by_test_id("save-schedule").click()

    expect(page.get_by_test_id("error-text")).to_contain_text("This is more than 64 KB, and none of it was taken.")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    assert instance.get("/schedules")["items"] == before
