"""Rows of the history, selected by pointer and keyboard, acted on together, and the undo."""

import itertools

import pytest
from playwright.sync_api import Page, expect

from app.db import State
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.tab import LASTING_TOASTS, expect_listed, expect_no_sideways_scroll
from tests.e2e.instance import Instance
from tests.patience import patient

NUMBERS = itertools.count(700_001, 2)  # odd ones fail
BEGINS_SECONDS = 30
"""An act waits ten seconds for an undo."""


@pytest.fixture
def failed(instance: Instance) -> list[int]:
    """The ids of five failed jobs, oldest first; the search finds no others by their number."""
    number = next(NUMBERS)
    ids = [instance.start("number", number=number) for _ in range(5)]
    instance.wait_for_all(ids, State.FAILED)
    return ids


def open_failed(open_page: OpenPage, instance: Instance, failed: list[int], **options: object) -> Page:
    """Open the history with these jobs and no others."""
    number = instance.job(failed[0]).params["number"]
    page = open_page(f"/history?kind=number&q={number}&state=failed", **options)
    expect_listed(page, failed[::-1])
    return page


def expect_picked(page: Page, job_ids: list[int]) -> None:
    """Expect that these rows are selected and no others."""
    expect(page.locator("tr[data-picked=true]")).to_have_count(len(job_ids))
    for job_id in job_ids:
        expect(page.get_by_test_id(f"select-{job_id}")).to_be_checked()


def test_rows_are_selected_deleted_undone_and_deleted(
    open_page: OpenPage, instance: Instance, failed: list[int]
) -> None:
    page = open_failed(open_page, instance, failed)
    page.evaluate(LASTING_TOASTS)
    first, *_, last = failed[::-1]

    page.keyboard.press("j")
    page.keyboard.press("x")
    expect_picked(page, [first])
    page.keyboard.press("x")
    expect(page.get_by_test_id("selection")).to_be_hidden()
    page.get_by_test_id(f"select-{first}").check()
    page.get_by_test_id(f"select-{failed[1]}").click(modifiers=["Shift"])
    expect_picked(page, failed[1:])
    expect(page.get_by_test_id("query")).to_be_visible()  # a checkbox opens no job
    page.get_by_test_id("bulk-delete").click()

    undo = page.get_by_test_id("undo-toast")
    expect(undo).to_contain_text("Deleting 4 jobs in")
    undo.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: nothing was changed.")).to_be_visible()
    expect_picked(page, [])
    expect_listed(page, failed[::-1])

    page.get_by_test_id("select-page").check()
    expect(page.get_by_test_id("selection-count")).to_have_text("5 selected")
    page.get_by_test_id(f"select-{last}").uncheck()
    page.get_by_test_id("bulk-delete").click()
    expect(undo).to_be_visible()
    expect_listed_later(page, [last])
    expect(page.get_by_text("4 jobs are deleted.")).to_be_visible()
    expect(undo).to_have_count(0)
    assert instance.job(last).state is State.FAILED


def expect_listed_later(page: Page, job_ids: list[int]) -> None:
    """Wait until an act has begun and only these rows are left."""
    expect(page.locator("[data-testid^=job-row-]")).to_have_count(len(job_ids), timeout=patient(BEGINS_SECONDS) * 1000)
    expect_listed(page, job_ids)


def test_the_bar_fits_a_phone(open_page: OpenPage, instance: Instance, failed: list[int]) -> None:
    page = open_failed(open_page, instance, failed, size=PHONE, has_touch=True, is_mobile=True)
    page.get_by_test_id(f"select-{failed[-1]}").tap()

    expect_picked(page, [failed[-1]])
    for name in ("selection-count", "bulk-cancel", "bulk-retry", "bulk-delete", "select-none"):
        expect(page.get_by_test_id(name)).to_be_in_viewport(ratio=1)
    expect_no_sideways_scroll(page)
    page.get_by_test_id("select-page").tap()
    expect_picked(page, failed)
    page.get_by_test_id("select-page").tap()
    expect_picked(page, [])
    page.get_by_test_id("sort-id").tap()
    expect_listed(page, failed)
    expect_no_sideways_scroll(page)
