"""What a person does while the web process does not answer: it comes there, once, or the page says that it did not."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from app.db import State
from tests.browser.complaints import LOST, Complaints
from tests.browser.conftest import OpenPage
from tests.browser.script import Script
from tests.browser.tab import LASTING_TOASTS, ask_to_start, card, expect_state, started
from tests.e2e.instance import Instance
from tests.patience import patient
from tests.waiting import until

BACK_SECONDS = 60
COUNT_CONNECTIONS = """() => {
  window.tries = 0;
  window.socket.io.on("reconnect_attempt", () => window.tries++);
}"""
RECORD_STATES = """() => {
  window.states = [];
  new MutationObserver(() => {
    const state = document.querySelector("[data-testid=connection]")?.dataset.state;
    if (state && state !== window.states.at(-1)) window.states.push(state);
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-state"] });
}"""


@pytest.fixture
def mended(instance: Instance) -> Iterator[Instance]:
    """The instance for a test that harms it: at the end every part is there again."""
    yield instance
    instance.wait_until_ready()


def expect_live(page: Page) -> None:
    """Wait until the page says that it is live."""
    expect(page.get_by_test_id("connection")).to_have_attribute(
        "data-state", "live", timeout=patient(BACK_SECONDS) * 1000
    )


def expect_cut(page: Page) -> None:
    """Wait until the browser has noticed that it is alone."""
    expect(page.get_by_test_id("connection")).not_to_have_attribute(
        "data-state", "live", timeout=patient(BACK_SECONDS) * 1000
    )


def number_of_jobs(instance: Instance) -> int:
    """Count the jobs without parameters, however many the tests before have left."""
    count: int = instance.get("/jobs?kind=no_parameters&limit=1")["count"]
    return count


def cut(page: Page) -> None:
    """Break the connection, as a network does. By itself a browser notices a silent server after 12 s."""
    page.evaluate("window.socket.io.engine.close()")


def mark(page: Page) -> None:
    """Leave something in the document that a reload would take away."""
    page.evaluate("window.isFirstDocument = true")


def assert_not_reloaded(page: Page) -> None:
    """Check that it is still the same document."""
    assert page.evaluate("window.isFirstDocument === true")


def freeze_until(*pages: Page, silence: str) -> None:
    """Wait until the web process has been silent as long as a case needs: short, noticed, or through a try in vain."""
    if silence == "long":
        for page in pages:
            page.evaluate("window.socket.io.timeout(2_000)")  # a try in vain is given up sooner than after 20 s
            cut(page)
    if silence != "short":
        for page in pages:
            expect_cut(page)
    if silence == "long":
        for page in pages:
            page.wait_for_function("window.tries >= 2", timeout=patient(90) * 1000)
            page.evaluate("window.socket.io.timeout(20_000)")  # one that is answered may take its time


@pytest.mark.parametrize("silence", ["short", "noticed", "long"])
def test_a_cancel_that_was_pressed_in_the_silence_comes_there(
    open_page: OpenPage, mended: Instance, script: Script, complaints: Complaints, silence: str
) -> None:
    complaints.expect(LOST)
    page = open_page()
    job_id = mended.start("play", script=script)
    expect(card(page, job_id)).to_be_visible()
    expect_live(page)
    mark(page)
    page.evaluate(COUNT_CONNECTIONS)

    with mended.frozen("web"):
        page.get_by_test_id(f"cancel-{job_id}").click()
        expect(page.get_by_test_id(f"cancel-{job_id}")).to_have_attribute("data-sending", "")
        expect(card(page, job_id)).not_to_contain_text("Stopping")
        freeze_until(page, silence=silence)

    expect_live(page)
    expect_state(page, job_id, "Cancelled", seconds=60)
    assert mended.job(job_id).state is State.CANCELLED
    assert_not_reloaded(page)


@pytest.mark.parametrize("silence", ["noticed", "long"])
def test_back_in_the_silence_leads_back(
    open_page: OpenPage, mended: Instance, complaints: Complaints, silence: str
) -> None:
    complaints.expect(LOST)
    job_id = mended.start("no_parameters")
    page = open_page("/history?kind=no_parameters")
    page.get_by_test_id(f"job-row-{job_id}").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("No parameters")
    expect_live(page)
    mark(page)
    page.evaluate(COUNT_CONNECTIONS)

    with mended.frozen("web"):
        page.evaluate("history.back()")
        expect(page).to_have_url(re.compile("/history"))
        freeze_until(page, silence=silence)

    expect_live(page)
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_be_visible()
    assert_not_reloaded(page)


def test_a_start_that_was_pressed_in_the_silence_is_one_start(
    open_page: OpenPage, mended: Instance, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    page = open_page()
    ask_to_start(page, "no_parameters")
    expect_live(page)
    before = number_of_jobs(mended)

    with mended.frozen("web"):
        page.get_by_test_id("start-submit").click()
        expect(page.get_by_test_id("start-submit")).to_have_attribute("data-sending", "")
        cut(page)
        expect_cut(page)
        expect(page.get_by_test_id("toast")).to_have_count(0)
        expect(page.get_by_test_id("start-submit")).to_have_attribute("data-sending", "")

    expect_live(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert number_of_jobs(mended) == before + 1


def test_what_was_pressed_on_several_pages_in_a_long_silence_comes_there_once(
    open_page: OpenPage, mended: Instance, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    waiting = mended.start("no_parameters", delay_seconds=3600)
    far = datetime.now(UTC) + timedelta(hours=12)  # the scheduler starts no job of it meanwhile
    body = {"kind": "no_parameters", "cron": f"0 {far.hour} * * *"}
    made = mended.api.post("/api/v1/schedules", json=body).json()
    before = number_of_jobs(mended)
    upnext, dialog, job = open_page(), open_page(), open_page(f"/jobs/{waiting}")
    ask_to_start(dialog, "no_parameters")
    expect(upnext.get_by_test_id(f"run-{made['id']}")).to_be_visible()
    for page in (upnext, dialog, job):
        expect_live(page)
        mark(page)
        page.evaluate(COUNT_CONNECTIONS)
        page.evaluate(LASTING_TOASTS)

    with mended.frozen("web"):
        for page, button in ((upnext, f"run-{made['id']}"), (dialog, "start-submit"), (job, f"cancel-{waiting}")):
            page.get_by_test_id(button).click()
            expect(page.get_by_test_id(button)).to_have_attribute("data-sending", "")
        freeze_until(upnext, dialog, job, silence="long")

    for page in (upnext, dialog, job):
        expect_live(page)
        assert_not_reloaded(page)
    expect_state(job, waiting, "Cancelled")
    for page in (upnext, dialog):
        mended.wait_for(started(page), State.SUCCEEDED)
    assert number_of_jobs(mended) == before + 2
    assert mended.api.delete(f"/api/v1/schedules/{made['id']}").status_code == 204


def test_an_act_that_the_killed_process_took_along_is_offered_again(
    open_page: OpenPage, mended: Instance, script: Script, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    page = open_page()
    job_id, failed = mended.start("play", script=script), mended.start("number", number=7)
    mended.wait_for(failed, State.FAILED)
    expect(card(page, job_id)).to_be_visible()
    menu, tabs = open_page(f"/jobs/{failed}"), open_page("/history")
    for each in (page, menu, tabs):
        expect_live(each)
    menu.get_by_test_id(f"more-{failed}").click()
    expect(menu.get_by_test_id(f"handled-{failed}")).to_be_visible()
    mark(page)

    with mended.frozen("web"):
        page.get_by_test_id(f"cancel-{job_id}").click()
        menu.get_by_test_id(f"handled-{failed}").click()
        tabs.get_by_test_id("tab-failed").click()
        mended.kill("web")
    for each, label in ((menu, "Mark as handled"), (tabs, "Failed")):
        expect(each.get_by_test_id("lost-act")).to_contain_text(
            f"“{label}” did not reach Jobdeck", timeout=patient(BACK_SECONDS) * 1000
        )
    expect(page.get_by_test_id("lost-act")).to_contain_text(
        "did not reach Jobdeck", timeout=patient(BACK_SECONDS) * 1000
    )
    expect(page.get_by_test_id("lost-act")).to_contain_text(f"#{job_id}")
    expect_live(page)
    assert mended.job(job_id).state is State.RUNNING
    expect_live(menu)
    menu.get_by_test_id("lost-act-again").click()
    expect(menu.get_by_test_id("lost-act")).to_contain_text("Open its menu and press it there.")
    menu.get_by_test_id(f"more-{failed}").click()
    menu.get_by_test_id(f"handled-{failed}").click()
    expect(menu.get_by_test_id("lost-act")).to_have_count(0)
    until(lambda: mended.job(failed).handled_at is not None)
    page.get_by_test_id("lost-act-again").click()

    expect_state(page, job_id, "Cancelled", seconds=60)
    expect(page.get_by_test_id("lost-act")).to_have_count(0)
    assert_not_reloaded(page)


def test_a_page_whose_server_was_killed_is_right_again_in_the_same_document(
    open_page: OpenPage, mended: Instance, script: Script, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    script.progress(1, 10, "Working")
    job_id = mended.start("play", script=script)
    dashboard, history, job = open_page(), open_page("/history?kind=play"), open_page(f"/jobs/{job_id}")
    pages = (dashboard, history, job)
    for page in pages:
        expect_live(page)
        mark(page)
        page.evaluate(RECORD_STATES)
    note = job.locator(f"textarea[data-testid=note-{job_id}]")
    note.press_sequentially("Half a sen")

    mended.kill("web")
    script.progress(9, 10, "Went on meanwhile")
    for page in pages:
        expect(page.get_by_text("Went on meanwhile").first).to_be_visible(timeout=patient(BACK_SECONDS) * 1000)
        expect_live(page)
        assert_not_reloaded(page)
        said = page.evaluate("window.states")
        assert "reconnecting" in said, said
        assert said[-1] == "live", said
    expect(note).to_have_value("Half a sen")

    job.get_by_role("link", name="History").first.click()
    expect(job.get_by_test_id(f"job-row-{job_id}")).to_be_visible()
    job.evaluate("history.back()")
    expect(job.get_by_test_id(f"progress-{job_id}")).to_have_attribute("aria-valuenow", "90")
    assert_not_reloaded(job)
    script.end()
    for page in pages:
        expect_state(page, job_id, "Succeeded")


def test_while_the_server_is_known_to_be_gone_the_page_says_so_and_offers_nothing(
    open_page: OpenPage, instance: Instance, script: Script, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    page = open_page()
    job_id = instance.start("play", script=script)
    expect(card(page, job_id)).to_be_visible()
    band = page.get_by_test_id("connection-band")
    elapsed = card(page, job_id).locator(".jd-job__elapsed")

    page.evaluate("window.socket.io.reconnectionDelay(600_000).reconnectionDelayMax(600_000)")  # and yet it comes back
    page.context.set_offline(True)
    expect(band).to_contain_text("Offline", timeout=patient(BACK_SECONDS) * 1000)
    expect(band).to_contain_text("tries again")
    cancel = page.get_by_test_id(f"cancel-{job_id}")
    expect(cancel).to_have_attribute("aria-disabled", "true")
    cancel.dispatch_event("click")
    stood = elapsed.inner_text()
    page.context.set_offline(False)

    expect_live(page)
    expect(band).to_have_count(0)
    expect(cancel).not_to_have_attribute("aria-disabled", "true")
    until(lambda: elapsed.inner_text() != stood)
    assert instance.job(job_id).state is State.RUNNING


def test_a_server_that_only_is_silent_is_not_called_offline(
    open_page: OpenPage, mended: Instance, complaints: Complaints
) -> None:
    complaints.expect(LOST)
    page = open_page()
    expect_live(page)
    page.evaluate(COUNT_CONNECTIONS)

    with mended.frozen("web"):
        expect_cut(page)
        page.wait_for_function("window.tries >= 1", timeout=patient(BACK_SECONDS) * 1000)
        expect(page.get_by_test_id("connection-band")).to_contain_text("Reconnecting")
        expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "reconnecting")

    expect_live(page)
