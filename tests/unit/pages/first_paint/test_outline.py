"""The outline names the page that comes, and writes no text as HTML."""

import re

from app.pages.first_paint.outline import outline

PLACES = {"/": "Dashboard", "/history": "History & more"}


def test_the_place_that_comes_is_marked_and_only_that() -> None:
    html = outline("/history/", name="My <deck>", places=PLACES, root="/deck")

    assert html.count('aria-current="page"') == 1
    assert 'href="/deck/history" aria-current="page">History &amp; more</a>' in html
    assert "My &lt;deck&gt;" in html


def test_its_links_lead_to_the_pages_before_anything_is_loaded_and_are_no_stops_of_the_keyboard() -> None:
    html = outline("/", name="x", places=PLACES, root="/deck")

    assert re.findall(r'<a [^>]*tabindex="-1" href="([^"]+)"', html) == ["/deck/", "/deck/history"]


def test_the_dashboard_has_its_own_cards_and_every_other_page_the_common_ones() -> None:
    assert "jd-grid" in outline("/", name="x", places=PLACES, root="")
    assert outline("/jobs/1", name="x", places=PLACES, root="").count("jd-panel ") == 2
