"""Addresses that lead nowhere have a page of ours with a way on."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.complaints import Complaints

SENTENCES = {
    "/jobs/999999": "There is no job #999999.",
    "/jobs/latest": "“latest” is not a job's number.",
    "/jobs/99999999999999999999": "“99999999999999999999” is not a job's number.",
    "/nowhere": "There is no page here.",
    "/nowhere/at/all": "There is no page here.",
}


def test_an_address_that_leads_nowhere_says_so_and_shows_a_way_on(
    new_person: Callable[..., BrowserContext], complaints: Complaints
) -> None:
    page = new_person().new_page()

    for path, sentence in SENTENCES.items():
        complaints.expect(f"404.*{path}$|404.*{path}\\)$")
        page.goto(path)
        expect(page.get_by_role("main")).to_contain_text(sentence)
        page.get_by_role("link", name="To the dashboard", exact=True).click()

        expect(page).to_have_url(re.compile(r"\d/$"))
        expect(page.get_by_test_id("start-data_report")).to_be_visible()
