"""Texts of jobs that do not fit or are more than letters: they stay readable and leave alone what is beside them."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.script import Script
from tests.browser.tab import card, expect_no_sideways_scroll, expect_state, unfold_waiting
from tests.e2e.instance import Instance

LONG_TAG = "customer-0123456789-without-a-blank-" + "0123456789" * 2
LONG_NAME = "quarterly-report-of-the-northern-branch-with-everything-that-was-sold-" * 2 + "final.xlsx"
RIGHT_TO_LEFT = "معالجة الملفات"


def is_within(inner: Locator, outer: Locator) -> bool:
    """Say whether an element does not stick out of another at a side."""
    small, large = inner.bounding_box(), outer.bounding_box()
    assert small is not None
    assert large is not None
    return large["x"] <= small["x"] and small["x"] + small["width"] <= large["x"] + large["width"]


def test_a_long_tag_is_read_whole_and_leaves_the_page_as_wide_as_the_phone(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    job_id = instance.act("/kinds/play/start", {"params": {"script": str(script)}, "tags": [LONG_TAG, "short"]}).id
    page = open_page(f"/jobs/{job_id}", size=PHONE, has_touch=True, is_mobile=True)
    tag = page.get_by_text(LONG_TAG)
    expect(tag).to_be_visible()

    expect_no_sideways_scroll(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert is_within(tag, page.locator(".jd-facts"))


def test_colours_of_a_terminal_are_left_out_of_the_log_but_not_of_the_download(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    page = open_page()
    job_id = instance.start("play", script=script)
    script.log("\x1b[1;31mred\x1b[0m and \x1b]8;;http://a\x07plain\x1b]8;;\x07")
    expect(card(page, job_id)).to_be_visible()
    button = card(page, job_id).get_by_role("button", name="Log of")
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    expect(card(page, job_id).get_by_text("red and plain", exact=False)).to_contain_text(re.compile("red and plain$"))

    page.goto(f"/jobs/{job_id}")
    expect(page.get_by_role("log", name="Log").locator(".jd-log__text")).to_have_text("red and plain")
    with page.expect_download() as download:
        page.get_by_test_id("log-download").click()
    assert "\x1b[1;31mred\x1b[0m" in download.value.path().read_text()


def test_a_long_file_name_keeps_its_beginning_and_its_end(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    job_id = instance.start("play", script=script)
    script.attach(LONG_NAME, "x", "application/vnd.ms-excel")
    script.end("done")
    for size in (PHONE, (1280, 900)):
        page = open_page(f"/jobs/{job_id}", size=size)
        row = page.get_by_test_id(f"file-{LONG_NAME}")
        name = row.get_by_title(LONG_NAME)
        expect(name).to_have_text(LONG_NAME)
        end = name.get_by_text(re.compile(r"final\.xlsx$")).last
        expect(end).to_be_in_viewport(ratio=1)
        assert is_within(end, name)
        assert end.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_times_among_the_params_are_said_in_the_zone_and_words_of_the_reader(
    open_page: OpenPage, instance: Instance
) -> None:
    moment, later = "2026-01-01T00:00:00Z", "2026-07-01T12:30:00+02:00"
    job_id = instance.start("times", moment=moment, moments=[moment, later], pause="PT1H30M")
    page = open_page(f"/jobs/{job_id}", timezone_id="America/New_York", locale="en-GB")
    params = page.get_by_test_id("params")

    expect(params).to_contain_text("Wed, 31 Dec 2025, 19:00:00 GMT-5")
    expect(params).to_contain_text("Wed, 1 Jul 2026, 06:30:00 GMT-4")
    expect(params).to_contain_text("1 h 30 min")
    expect(params).not_to_contain_text(re.compile(r"PT|\dT|Z"))
    expect(params.get_by_title(moment)).to_have_count(2)
    expect(params.get_by_title("PT1H30M")).to_have_text("1 h 30 min")


def test_a_message_that_is_read_from_the_right_leaves_the_count_at_its_end(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    page = open_page()
    job_id = instance.start("play", script=script)
    script.progress(3, 8, RIGHT_TO_LEFT)
    expect(card(page, job_id)).to_contain_text("3 of 8")

    message, count = (card(page, job_id).get_by_text(text).last.bounding_box() for text in (RIGHT_TO_LEFT, "3 of 8"))
    assert message is not None
    assert count is not None
    assert message["x"] + message["width"] <= count["x"]

    script.progress(4, 8, f"{RIGHT_TO_LEFT} " * 20)
    shown = card(page, job_id).get_by_text("4 of 8").last
    expect(shown).to_be_visible()
    assert is_within(shown, card(page, job_id).locator(".jd-job__step"))
    script.end("done")
    expect_state(page, job_id, "Succeeded")


def test_without_a_bar_the_time_stands_at_the_edge(open_page: OpenPage, instance: Instance, script: Script) -> None:
    page = open_page()
    job_id = instance.start("play", script=script)
    expect(card(page, job_id)).to_contain_text("Working")

    elapsed = card(page, job_id).locator(".jd-job__elapsed").bounding_box()
    facts = card(page, job_id).locator(".jd-job__facts").bounding_box()
    assert elapsed is not None
    assert facts is not None
    assert facts["x"] + facts["width"] - (elapsed["x"] + elapsed["width"]) < 1


def test_why_a_queue_is_paused_is_read_whole_on_narrow_screens(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    running = instance.start("play", script=script)
    page = open_page(size=(720, 450))
    expect_state(page, running, "Running. no estimate")
    instance.api.post("/api/v1/queues/default/pause", json={"reason": "the server moves"}).raise_for_status()
    try:
        job_id = instance.start("number", number=2)
        queue = page.get_by_test_id("queue-default")
        expect(queue).to_contain_text("1 waiting, 1 running")
        expect(queue).to_contain_text("Paused by")
        room = page.locator(".jd-queues").evaluate("each => parseFloat(getComputedStyle(each).gridTemplateColumns)")
        card_width = page.locator(".jd-queues").evaluate("each => each.clientWidth")
        assert room <= card_width - 40  # its padding
        assert is_within(page.get_by_test_id("queue-menu-default"), queue)

        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        unfold_waiting(page)
        words = card(page, job_id).get_by_text("the server moves")
        expect(words).to_be_visible()
        assert words.evaluate("each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= each.clientHeight")
    finally:
        instance.api.post("/api/v1/queues/default/resume").raise_for_status()
        script.end("done")
    expect_state(page, job_id, "Succeeded")
    expect_state(page, running, "Succeeded")


def test_a_figure_of_today_is_explained_whole_on_a_narrow_screen(open_page: OpenPage) -> None:
    page = open_page(size=(720, 450))  # a screen of 1440 x 900 at a zoom of 200 %
    note = page.locator(".jd-strip__cell", has_text="Done today").locator(".jd-strip__note")
    expect(note).to_have_text(re.compile("[a-z]"))

    note.evaluate("each => { each.textContent = 'nothing yet to compare with' }")
    assert note.evaluate("each => each.scrollWidth <= each.clientWidth")
