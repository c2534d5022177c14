"""A job that runs: its card, its page, its log, and what can be done with it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from app.db import State
from tests.browser.conftest import OpenPage
from tests.browser.script import Script
from tests.browser.tab import card, expect_state, record, recorded, unfold_waiting
from tests.e2e.instance import Instance
from tests.waiting import until

LINES = 60
CROWD = 600
FOLLOWED = 400
MOST_CARDS = 24
_COUNT_CARDS = """() => {
  window.mostCards = 0;
  const count = () => document.querySelectorAll("[data-testid^=job-card-]").length;
  new MutationObserver(() => { window.mostCards = Math.max(window.mostCards, count()); })
    .observe(document.querySelector(".jd-jobs"), { childList: true, subtree: true });
}"""

_WATCH_PLACES = """() => {
  const below = () => [...document.querySelectorAll(".jd-startlist, .jd-throughput")];
  window.placesNow = () => below().map((each) => Math.round(each.getBoundingClientRect().top)).join(" ");
  window.places = new Set();
  (function look() { window.places.add(window.placesNow()); requestAnimationFrame(look); })();
}"""
_ONE_CLOCK = """(shown) => {
  const places = [".jd-head__quiet", ".jd-timeline__leg", ".jd-waterfall__row[data-what=attempt]"];
  const said = places.map((place) => document.querySelector(`${place} time`)?.textContent);
  return new Set(said).size === 1 && said[0] !== shown;
}"""
_COUNT_TIMES = """() => {
  window.timesWritten = 0;
  const { get } = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format");
  const counted = function () { window.timesWritten++; return get.call(this); };
  Object.defineProperty(Intl.DateTimeFormat.prototype, "format", { configurable: true, get: counted });
}"""
_A_MINUTE_LATER = "(() => { const before = Date.now; Date.now = () => before() + 60_000; })()"
_WATCH_FADING = """(card) => {
  const look = () => { window.hasFaded ||= card.classList.contains("jd-job--fading"); };
  new MutationObserver(look).observe(card, { attributes: true });
}"""


def test_a_running_job_is_cancelled_from_its_card(open_page: OpenPage, instance: Instance, script: Script) -> None:
    script.progress(1, 4, "Working")
    script.be_stubborn()
    page = open_page()
    job_id = instance.start("play", script=script)
    expect(card(page, job_id)).to_contain_text("Working")

    page.get_by_test_id(f"cancel-{job_id}").click()

    expect_state(page, job_id, "Stopping…")
    expect(page.get_by_test_id(f"cancel-{job_id}")).to_be_disabled()
    script.give_in()
    expect_state(page, job_id, "Cancelled")
    expect(card(page, job_id)).to_contain_text("Cancelled")
    card(page, job_id).evaluate(_WATCH_FADING)
    page.mouse.move(0, 0)  # nothing goes from under the pointer
    expect(card(page, job_id)).to_have_count(0)
    assert page.evaluate("window.hasFaded") is True


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_nothing_moves_when_the_first_job_begins_and_when_the_last_has_ended(
    open_page: OpenPage, instance: Instance, script: Script, size: tuple[int, int]
) -> None:
    page = open_page(size=size)
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    expect(page.get_by_text("Nothing is running.")).to_be_visible()
    page.evaluate(_WATCH_PLACES)

    job_id = instance.start("play", script=script)
    script.progress(1, 4, "Working")
    expect(card(page, job_id)).to_contain_text("Working")
    script.end()
    expect(page.get_by_text("Nothing is running.")).to_be_visible()

    assert page.evaluate("[...window.places]") == [page.evaluate("window.placesNow()")]


def test_a_crowd_of_short_jobs_makes_no_long_list_of_those_that_have_ended(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    page = open_page()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-state", "live")
    page.evaluate(_COUNT_CARDS)
    stays = instance.start("play", script=script)
    expect(card(page, stays)).to_be_visible()  # one that is counted however fast the crowd is

    parent_id = instance.start("crowd", size=CROWD)

    until(lambda: instance.get(f"/jobs?parent_id={parent_id}&state=succeeded")["count"] == CROWD, seconds=30)
    script.end()
    expect(page.get_by_text("Nothing is running.")).to_be_visible()
    assert 0 < page.evaluate("window.mostCards") <= MOST_CARDS


def test_a_job_that_does_not_stop_is_stopped_by_force_from_its_card(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    script.progress(1, 4, "Working")
    script.be_stubborn()
    page = open_page()
    job_id = instance.start("play", script=script)
    expect(card(page, job_id)).to_contain_text("Working")
    expect(page.get_by_test_id(f"force-{job_id}")).to_have_count(0)

    page.get_by_test_id(f"cancel-{job_id}").click()
    expect(card(page, job_id)).to_contain_text(re.compile(r"stopping, up to \d+ s"))
    page.get_by_test_id(f"force-{job_id}").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What it has not saved is lost")
    dialog.get_by_role("button", name="Wait").click()
    expect(dialog).to_have_count(0)
    assert instance.job(job_id).force_requested_at is None
    page.get_by_test_id(f"force-{job_id}").click()
    page.get_by_test_id("confirm-force-stop").click()
    expect_state(page, job_id, "Cancelled")


def test_force_stop_comes_to_the_page_of_a_job_that_does_not_stop(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    script.be_stubborn()
    job_id = instance.start("play", script=script)
    page = open_page(f"/jobs/{job_id}")
    expect_state(page, job_id, "Running")
    expect(page.get_by_test_id(f"force-{job_id}")).to_be_hidden()

    page.get_by_test_id(f"cancel-{job_id}").click()
    expect(page.get_by_role("main")).to_contain_text("Stopping, up to 1 min 00 s")
    page.get_by_test_id(f"force-{job_id}").click()
    page.get_by_test_id("confirm-force-stop").click()

    expect_state(page, job_id, "Cancelled")
    expect(page.get_by_test_id(f"force-{job_id}")).to_be_hidden()


def test_the_bar_and_the_words_of_a_card_follow_the_job(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    page = open_page()
    job_id = instance.start("play", script=script)
    bar = page.get_by_test_id(f"progress-{job_id}")

    expect(bar).to_be_visible()
    expect(bar).not_to_have_attribute("aria-valuenow", "25")
    for done, percent in ((1, "25"), (3, "75")):
        script.progress(done, 4, f"Step {done}")
        expect(bar).to_have_attribute("aria-valuenow", percent)
        expect(card(page, job_id)).to_contain_text(f"Step {done}")
        expect(card(page, job_id)).to_contain_text(f"{percent}%")
    script.end("all done")
    expect_state(page, job_id, "Succeeded")
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_contain_text("all done")


def test_the_card_of_a_job_in_a_paused_queue_says_so(open_page: OpenPage, instance: Instance) -> None:
    page = open_page()
    instance.api.post("/api/v1/queues/default/pause", json={"reason": "the server moves."}).raise_for_status()
    try:
        job_id = instance.start("number", number=2)
        expect(page.get_by_text("Nothing is running.")).to_be_visible()
        expect(page.get_by_test_id("waiting")).to_have_text("1 queued")
        expect(card(page, job_id)).to_be_hidden()
        unfold_waiting(page)
        said = re.compile("^The queue default is paused by .+: the server moves$")
        expect(card(page, job_id).get_by_text(said)).to_be_visible()
        until = (datetime.now(UTC) + timedelta(hours=2, minutes=5)).isoformat()
        instance.api.post("/api/v1/queues/default/pause", json={"until": until}).raise_for_status()
        expect(card(page, job_id)).to_contain_text(re.compile("is paused by [^:]+; it goes on in 2 h"))
    finally:
        instance.api.post("/api/v1/queues/default/resume").raise_for_status()
    expect_state(page, job_id, "Succeeded")


def test_the_page_of_a_running_job_follows_it_to_its_end(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    job_id = instance.start("play", script=script)
    page = open_page(f"/jobs/{job_id}")
    bar = page.get_by_test_id(f"progress-{job_id}")

    script.progress(2, 8, "Reading")
    expect(bar).to_have_attribute("aria-valuenow", "25")
    expect(page.get_by_role("main")).to_contain_text("Reading 2 of 8")
    traced = page.get_by_test_id("waterfall").get_by_role("listitem").filter(has_text="attempt 1")
    page.wait_for_function(_ONE_CLOCK, arg=traced.get_by_role("time").inner_text())
    expect(page.get_by_test_id(f"retry-{job_id}")).to_be_disabled()
    script.attach("notes.txt", "first line\n", "text/plain")
    script.end({"rows": 8})
    expect_state(page, job_id, "Succeeded")
    expect(page.get_by_test_id("result").get_by_role("definition")).to_have_text("8")
    expect(page.get_by_test_id("file-notes.txt")).to_contain_text("11 B")
    page.get_by_test_id("file-notes.txt").get_by_role("button", name="Show").click()
    expect(page.get_by_test_id("file-notes.txt")).to_contain_text("first line")
    expect(page.get_by_test_id(f"cancel-{job_id}")).to_be_disabled()


def test_a_job_that_is_not_heard_of_has_no_time_left(open_page: OpenPage, instance: Instance, script: Script) -> None:
    job_id = instance.start("play", script=script)
    page = open_page(f"/jobs/{job_id}")
    for done in range(1, 4):
        script.progress(done, 100_000, f"Row {done}")
        expect(page.get_by_role("main")).to_contain_text(f"Row {done}")
    left = page.locator(".jd-head").get_by_text(re.compile(" left$"))
    expect(left).to_be_visible()

    page.evaluate(_A_MINUTE_LATER)
    expect(page.locator(".jd-head").get_by_text("no news for 1 min")).to_be_visible()
    expect(left).to_have_count(0)

    page.goto("/")
    expect(card(page, job_id)).to_contain_text(" left")
    page.evaluate(_A_MINUTE_LATER)
    expect(card(page, job_id)).to_contain_text("no news for 1 min")
    expect(card(page, job_id)).to_contain_text("no estimate")
    expect(card(page, job_id)).not_to_contain_text(" left")


def test_a_failing_job_shows_its_error_its_traceback_and_a_way_to_try_again(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    page = open_page()
    job_id = instance.start("play", script=script)
    expect(card(page, job_id)).to_be_visible()
    script.log("looking for prices")
    script.fail("the table of prices is missing")

    expect_state(page, job_id, "Failed")
    row = page.get_by_test_id(f"job-row-{job_id}")
    expect(row).to_contain_text("the table of prices is missing")
    row.get_by_role("link").click()
    expect(page.get_by_test_id("error")).to_contain_text("RuntimeError")
    traceback = page.locator(".jd-traceback").first
    expect(traceback).to_have_attribute("open")
    expect(traceback).to_contain_text("raise RuntimeError(step")
    expect(page.get_by_test_id(f"end-{job_id}")).to_contain_text(
        re.compile(r"Failed (just now|.+ ago)\s*took .*on worker-\d")
    )
    script.path.unlink()
    script.log("once more")
    script.end("well now")
    page.get_by_test_id(f"retry-{job_id}").click()
    expect_state(page, job_id, "Succeeded")
    expect(page.get_by_test_id("attempt-2")).to_contain_text("Succeeded")
    expect(page.get_by_role("log", name="Log").get_by_role("heading")).to_have_text(["Attempt 1", "Attempt 2"])


def test_a_double_click_on_retry_is_one_retry(open_page: OpenPage, instance: Instance) -> None:
    succeeded = instance.start("number", number=8)
    failed = instance.start("number", number=7)
    instance.wait_for(succeeded, State.SUCCEEDED)
    instance.wait_for(failed, State.FAILED)
    page = open_page(f"/jobs/{failed}")

    record(page, "[data-testid=toast]")

    page.get_by_test_id(f"retry-{failed}").dblclick()

    expect(page.get_by_test_id("attempt-2")).to_contain_text("Failed")
    assert instance.job(failed).attempt == 2
    assert not [said for said in recorded(page, "toast") if "can be retried" in said]
    page.goto(f"/jobs/{succeeded}")
    page.get_by_test_id(f"retry-{succeeded}").dblclick()

    page.wait_for_url(lambda address: not address.endswith(f"/{succeeded}"))
    again = int(page.url.rsplit("/", 1)[1])
    instance.wait_for(again, State.SUCCEEDED)
    newer = [job["id"] for job in instance.get("/jobs?kind=number&limit=20")["items"] if job["id"] > failed]
    assert newer == [again]


def test_an_error_for_people_has_no_traceback(open_page: OpenPage, instance: Instance, script: Script) -> None:
    job_id = instance.start("play", script=script)
    page = open_page(f"/jobs/{job_id}")
    script.refuse("The file /data/a.csv is not there.")

    expect(page.get_by_test_id("error")).to_contain_text("The file /data/a.csv is not there.")
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_the_log_of_a_card_shows_the_last_five_lines(open_page: OpenPage, instance: Instance, script: Script) -> None:
    page = open_page()
    job_id = instance.start("play", script=script)
    for number in range(1, 8):
        script.log(f"line {number}")

    expect(card(page, job_id)).to_be_visible()
    button = card(page, job_id).get_by_role("button", name="Log of")
    if button.get_attribute("aria-expanded") == "false":  # the first card opens by itself
        button.click()
    tail = card(page, job_id).get_by_role("log")
    expect(tail).to_contain_text("line 7")
    expect(tail.get_by_text("line ")).to_have_count(5)
    script.log("and on", level="warning")
    expect(tail.locator("[data-level=warning]")).to_contain_text("and on")
    expect(tail.locator("[data-level]")).to_have_count(5)


def test_the_log_of_a_page_follows_its_end_until_it_is_scrolled_up(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    job_id = instance.start("play", script=script)
    page = open_page(f"/jobs/{job_id}")
    log = page.get_by_role("log", name="Log")
    for number in range(1, LINES + 1):
        script.log(f"line {number}.")
    expect(log.get_by_text(f"line {LINES}.")).to_be_visible()
    log.evaluate("each => each.scrollIntoView({ block: 'end' })")  # it begins below what else the page says
    expect(log.get_by_text(f"line {LINES}.")).to_be_in_viewport()

    log.hover()
    page.mouse.wheel(0, -100_000)
    expect(log.get_by_text("line 1.", exact=True)).to_be_in_viewport()
    for number in range(3):
        script.log(f"later {number}.")

    jump = page.get_by_role("button", name="Jump to end, 3 new")
    expect(jump).to_be_visible()
    expect(log.get_by_text("line 1.", exact=True)).to_be_in_viewport()
    jump.click()
    expect(log.get_by_text("later 2.")).to_be_in_viewport()
    page.evaluate(_COUNT_TIMES)
    script.log("followed again")
    expect(log.get_by_text("followed again")).to_be_in_viewport()
    assert page.evaluate("window.timesWritten") < LINES  # the lines that were there are not drawn anew
    expect(page.get_by_role("button", name="Jump to end")).to_have_count(0)


def test_a_long_log_is_scrolled_from_its_end_to_its_begin_and_back(open_page: OpenPage, instance: Instance) -> None:
    job_id = instance.start("chat", lines=3_000)
    instance.wait_for(job_id, State.SUCCEEDED)
    page = open_page(f"/jobs/{job_id}")
    log = page.get_by_role("log", name="Log")
    expect(log.get_by_text("row 3000.", exact=True)).to_be_visible()
    assert log.locator("[data-seq]").count() <= FOLLOWED  # each line takes time with all that come

    def is_at_the_begin() -> bool:
        log.press("Home")
        return log.get_by_text("row 1.", exact=True).is_visible()

    until(is_at_the_begin)  # what comes before is read as it is needed
    expect(log.get_by_text("row 3000.", exact=True)).to_have_count(0)  # it would be too many to keep
    page.get_by_role("button", name="Jump to end").click()
    expect(log.get_by_text("row 3000.", exact=True)).to_be_in_viewport()


def test_the_log_is_narrowed_by_level_and_words_and_the_address_keeps_it(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    job_id = instance.start("play", script=script)
    page = open_page(f"/jobs/{job_id}")
    log = page.get_by_role("log", name="Log")
    for level in ("debug", "info", "warning", "error"):
        script.log(f"one {level}", level=level)
        script.log(f"two {level}", level=level)
    expect(log).to_contain_text("two error")

    page.get_by_test_id("log-level").click()
    page.get_by_role("option", name="Warnings and errors").click()
    page.get_by_label("Search the log").fill("two")
    expect(log.locator("[data-level]")).to_have_count(2)
    script.log("two late", level="error")
    script.log("one late", level="error")
    expect(log.locator("[data-level]")).to_have_count(3)
    page.reload()

    expect(log.locator("[data-level]")).to_have_count(3)
    expect(page.get_by_label("Search the log")).to_have_value("two")
    with page.expect_download() as download:
        page.get_by_test_id("log-download").click()
    assert len(download.value.path().read_text().splitlines()) == 10


def test_deleting_a_job_asks_and_names_what_is_lost(open_page: OpenPage, instance: Instance) -> None:
    job_id = instance.start("number", number=2)
    instance.wait_for(job_id, State.SUCCEEDED)
    page = open_page(f"/jobs/{job_id}")

    page.get_by_test_id(f"more-{job_id}").click()
    page.get_by_test_id(f"delete-{job_id}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("its log and its result")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_have_count(0)
    page.get_by_test_id(f"more-{job_id}").click()
    page.get_by_test_id(f"delete-{job_id}").click()
    page.get_by_test_id("confirm-delete").click()

    page.wait_for_url("**/history")
    assert instance.api.get(f"/api/v1/jobs/{job_id}").status_code == 404
