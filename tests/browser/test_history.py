"""The history: narrowed, sorted, paged and shared, by pointer and by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.db import State
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.script import Script
from tests.browser.tab import choose, expect_listed, expect_no_sideways_scroll, expect_state
from tests.e2e.instance import Instance

NUMBERS = 30
FIRST = 1000  # a search for a number also finds the job of that id
ROWS = 25


@pytest.fixture(scope="module")
def numbers(instance: Instance) -> list[int]:
    """The ids of 30 finished jobs of the kind `number`, oldest first: those of 1001, 1003, 1005, … failed."""
    ids = [instance.start("number", number=FIRST + each) for each in range(NUMBERS)]
    instance.wait_for_all(ids[0::2], State.SUCCEEDED, seconds=60)
    instance.wait_for_all(ids[1::2], State.FAILED, seconds=60)
    return ids


@pytest.fixture
def page(open_page: OpenPage, numbers: list[int]) -> Page:
    """The history of one kind."""
    page = open_page("/history?kind=number")
    expect_listed(page, numbers[: -ROWS - 1 : -1])
    return page


def address(page: Page, *, holding: str) -> str:
    """Return what a person would share, once the address bar shows the present view."""
    expect(page).to_have_url(re.compile(re.escape(holding)))
    return page.url[page.url.index("/history") :]


def test_a_state_tab_a_kind_and_a_search_narrow_the_list(open_page: OpenPage, numbers: list[int]) -> None:
    page = open_page("/history")

    choose(page, "kind-filter", "Number")
    expect(page.get_by_test_id("history-count")).to_have_text("30 jobs")
    expect(page.get_by_test_id("tab-failed")).to_contain_text("15")
    page.get_by_test_id("tab-failed").click()
    expect_listed(page, numbers[::-1][0::2])
    expect(page.get_by_test_id("tab-failed")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Search jobs").fill(f"{FIRST + 27} is odd")
    expect_listed(page, [numbers[27]])
    expect(page.get_by_test_id("history-count")).to_have_text("1 job")

    page.get_by_label("Search jobs").fill("nothing has this")
    expect(page.get_by_text("No job matches.")).to_be_visible()
    page.get_by_test_id("clear-filters").click()
    expect(page).to_have_url(re.compile(r"/history$"))
    expect(page.get_by_test_id(f"job-row-{numbers[-1]}")).to_be_visible()


def test_a_view_is_the_same_after_a_reload_and_for_another_person(open_page: OpenPage, numbers: list[int]) -> None:
    page = open_page("/history")
    choose(page, "kind-filter", "Number")
    page.get_by_test_id("tab-failed").click()
    page.get_by_label("Search jobs").fill("is odd")
    page.get_by_test_id("sort-id").click()
    expect_listed(page, numbers[1::2])
    shared = address(page, holding="sort=id")

    page.reload()
    other = open_page(shared)

    for shown in (page, other):
        expect_listed(shown, numbers[1::2])
        expect(shown.get_by_label("Search jobs")).to_have_value("is odd")
        expect(shown.get_by_test_id("tab-failed")).to_have_attribute("aria-pressed", "true")
        expect(shown.get_by_test_id("kind-filter")).to_have_value("Number")
        expect(shown.get_by_role("columnheader", name="Job")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize("size", [DESK, (1000, 800), PHONE], ids=["desk", "tablet", "phone"])
def test_a_press_counts_when_the_answer_to_a_search_comes_before_the_release(
    new_person: Callable[..., BrowserContext], numbers: list[int], size: tuple[int, int]
) -> None:
    page = new_person(size=size).new_page()

    for target in ("tab-running",) if size == PHONE else ("sort-id", "tab-running", "tab-failed"):
        page.goto("/history")
        expect(page.get_by_test_id(f"job-row-{numbers[-1]}")).to_be_visible()
        page.get_by_test_id(target).hover()

        page.get_by_label("Search jobs").fill(f"{FIRST + 27} is odd")
        page.mouse.down()
        expect(page.get_by_test_id("history-count")).to_have_text("1 job")
        page.mouse.up()

        if target == "sort-id":
            expect(page.get_by_role("columnheader", name="Job")).to_have_attribute("aria-sort", "ascending")
        else:
            expect(page.get_by_test_id(target)).to_have_attribute("aria-pressed", "true")
        expect(page).to_have_url(re.compile(rf"q={FIRST + 27}.+&(sort|state)="))


@pytest.mark.parametrize("size", [DESK, (1440, 900), (1000, 800), PHONE], ids=["desk", "wide", "tablet", "phone"])
def test_nothing_moves_when_the_counts_grow(open_page: OpenPage, numbers: list[int], size: tuple[int, int]) -> None:
    page = open_page("/history", size=size)
    expect(page.get_by_test_id(f"job-row-{numbers[-1]}")).to_be_visible()
    names = ["job-rows", *(f"tab-{state}" for state in ("all", "running", "failed", "cancelled"))]
    before = [page.get_by_test_id(name).bounding_box() for name in names]

    page.evaluate(
        """() => document.querySelectorAll("[data-testid^=tab-] small:not(:empty)").forEach((count) => {
             count.textContent = "9,999";  // the longest: a larger one is told as 10k
           })"""
    )
    after = [page.get_by_test_id(name).bounding_box() for name in names]

    assert all(before)
    if size == PHONE:  # the tabs are a strip to push there
        assert [box and box["y"] for box in after] == [box and box["y"] for box in before]
    else:
        assert after == before
    expect_no_sideways_scroll(page)


def test_the_state_that_is_shown_is_in_sight_on_a_phone(open_page: OpenPage, numbers: list[int]) -> None:
    page = open_page("/history?kind=number&state=cancelled", size=PHONE, has_touch=True, is_mobile=True)
    chip = page.get_by_test_id("tab-cancelled")

    expect(chip).to_be_in_viewport(ratio=1)
    page.get_by_test_id("clear-filters").tap()
    expect(page.get_by_test_id("tab-all")).to_be_in_viewport(ratio=1)
    expect(chip).not_to_be_in_viewport()
    expect_no_sideways_scroll(page)


def test_a_kind_is_found_by_typing(open_page: OpenPage, numbers: list[int]) -> None:
    page = open_page("/history")
    kind = page.get_by_test_id("kind-filter")

    kind.click()
    expect(page.get_by_role("option", name="Number")).to_be_visible()
    page.keyboard.type("numb")
    expect(page.get_by_role("option")).to_have_text([re.compile(r"^Number\s*Tests · \d+$")])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(kind).to_have_value("Number")
    expect_listed(page, numbers[: -ROWS - 1 : -1])


def test_back_and_forward_go_through_the_views(page: Page, numbers: list[int]) -> None:
    newest = numbers[: -ROWS - 1 : -1]
    page.get_by_test_id("tab-succeeded").click()
    expect_listed(page, numbers[-2::-2])
    page.get_by_test_id("sort-id").click()
    expect_listed(page, numbers[0::2])
    page.get_by_test_id(f"job-row-{numbers[0]}").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Number")

    page.go_back()
    expect_listed(page, numbers[0::2])
    page.go_back()
    expect_listed(page, numbers[-2::-2])
    page.go_back()
    expect_listed(page, newest)
    page.go_forward()
    expect_listed(page, numbers[-2::-2])
    expect(page.get_by_test_id("tab-succeeded")).to_have_attribute("aria-pressed", "true")


def test_who_comes_back_from_a_job_is_where_they_were(page: Page, numbers: list[int]) -> None:
    row = page.get_by_test_id(f"job-row-{numbers[-12]}")
    page.get_by_test_id(f"select-{numbers[-10]}").check()
    page.mouse.wheel(0, 300)
    page.wait_for_function("scrollY === 300")

    for leave in (lambda: page.go_back(), lambda: (page.go_back(), page.reload())):
        row.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Number")
        page.wait_for_function("scrollY === 0")
        leave()
        expect_listed(page, numbers[: -ROWS - 1 : -1])
        page.wait_for_function("scrollY === 300")
        expect(page.get_by_test_id(f"select-{numbers[-10]}")).to_be_checked()
        expect(page.get_by_test_id("selection-count")).to_have_text("1 selected")

    page.get_by_test_id("select-none").click()
    page.get_by_test_id("older").click()
    expect_listed(page, numbers[4::-1])
    page.go_back()
    expect_listed(page, numbers[: -ROWS - 1 : -1])
    page.wait_for_function("scrollY > 300")  # there the pager is
    expect(page.get_by_test_id("selection")).to_be_hidden()


def test_older_and_newer_jobs_are_pages(page: Page, open_page: OpenPage, numbers: list[int]) -> None:
    expect(page.get_by_test_id("range")).to_have_text("1 to 25 of 30")
    expect(page.get_by_test_id("newer")).to_be_disabled()

    page.get_by_test_id("older").click()
    expect_listed(page, numbers[4::-1])
    expect(page.get_by_test_id("range")).to_have_text("26 to 30 of 30")
    expect(page.get_by_test_id("older")).to_be_disabled()
    other = open_page(address(page, holding="after="))
    expect_listed(other, numbers[4::-1])
    page.get_by_test_id("newer").click()
    expect_listed(page, numbers[: -ROWS - 1 : -1])
    other.get_by_test_id("newer").click()
    expect_listed(other, numbers[: -ROWS - 1 : -1])


def test_the_list_is_sorted_by_how_long_jobs_took(page: Page, instance: Instance, numbers: list[int]) -> None:
    def seconds(job_id: int) -> float:
        return instance.job(job_id).run_seconds or 0

    page.get_by_test_id("sort-run_seconds").click()
    longest = sorted(numbers, key=lambda job_id: (seconds(job_id), job_id), reverse=True)
    expect_listed(page, longest[:ROWS])
    page.get_by_test_id("sort-run_seconds").click()
    expect_listed(page, longest[::-1][:ROWS])


def test_what_happens_shows_in_the_list_without_a_reload(
    open_page: OpenPage, instance: Instance, script: Script
) -> None:
    page = open_page("/history?kind=play")
    job_id = instance.start("play", script=script)

    expect_state(page, job_id, "Running")
    page.get_by_test_id("tab-running").click()
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_be_visible()
    page.mouse.move(0, 0)
    script.end()
    expect(page.get_by_test_id(f"job-row-{job_id}")).to_have_count(0)
    page.get_by_test_id("tab-succeeded").click()
    expect_state(page, job_id, "Succeeded")


def hover_over_the_newest(page: Page, numbers: list[int]) -> None:
    """Move over the rows, and wait until the server has heard of it: what starts before it has, moves them."""
    row = page.get_by_test_id(f"job-row-{numbers[-1]}")
    row.hover()
    page.keyboard.press("j")  # events reach the server in their order, and it answers this one
    expect(row).to_be_focused()


def test_new_jobs_wait_while_the_pointer_is_over_the_rows(page: Page, instance: Instance, numbers: list[int]) -> None:
    hover_over_the_newest(page, numbers)
    expect(page.get_by_test_id("new-jobs")).to_be_hidden()
    job_id = instance.start("play", script="/nowhere", name="is not shown")
    try:
        new_id = instance.start("number", number=100)
        instance.wait_for(new_id, State.SUCCEEDED)

        expect(page.get_by_test_id("new-jobs")).to_have_text("1 new")
        expect(page.get_by_test_id(f"job-row-{new_id}")).to_have_count(0)
        page.get_by_test_id("new-jobs").dispatch_event("click")  # a pointer that leaves the rows shows them by itself
        expect_state(page, new_id, "Succeeded")
    finally:  # the tests after this one see all that runs
        instance.cancel(job_id)
    page.goto(f"/jobs/{new_id}")
    page.get_by_test_id(f"more-{new_id}").click()
    page.get_by_test_id(f"delete-{new_id}").click()
    page.get_by_test_id("confirm-delete").click()
    page.wait_for_url("**/history")


def test_of_new_jobs_those_are_counted_that_match_the_search(
    open_page: OpenPage, instance: Instance, numbers: list[int]
) -> None:
    page = open_page("/history?kind=number&q=is%20odd")
    hover_over_the_newest(page, numbers)
    instance.wait_for(instance.start("number", number=200), State.SUCCEEDED)
    odd_id = instance.start("number", number=201)
    instance.wait_for(odd_id, State.FAILED)
    instance.wait_for(instance.start("number", number=202), State.SUCCEEDED)

    expect(page.get_by_test_id("new-jobs")).to_have_text("1 new")
    page.get_by_test_id("new-jobs").dispatch_event("click")  # a pointer that leaves the rows shows them by itself
    expect(page.get_by_test_id(f"job-row-{odd_id}")).to_be_visible()


def test_a_failed_job_is_tried_again_from_its_row(open_page: OpenPage, instance: Instance, script: Script) -> None:
    job_id = instance.start("play", script=script)
    script.fail("not yet")
    page = open_page("/history?kind=play")
    expect_state(page, job_id, "Failed")
    script.path.unlink()

    page.get_by_test_id(f"retry-{job_id}").click()

    expect_state(page, job_id, "Running")
    script.end("now")
    expect_state(page, job_id, "Succeeded")


def test_an_address_that_says_what_cannot_be_gets_a_sentence(open_page: OpenPage) -> None:
    page = open_page("/history?state=sleeping")

    expect(page.get_by_role("main")).to_contain_text("The address says state=sleeping, which is not known here.")
    page.get_by_role("button", name="Show all jobs").click()
    expect(page).to_have_url(re.compile(r"/history$"))
