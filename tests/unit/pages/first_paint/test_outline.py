"""The outline names the page that comes, and writes no text as HTML."""

from app.pages.first_paint.outline import outline

PLACES = {"/": "Dashboard", "/history": "History & more"}


def test_the_place_that_comes_is_marked_and_only_that() -> None:
    html = outline("/history/", name="My <deck>", places=PLACES)

    assert html.count('aria-current="page"') == 1
    assert '<span class="jd-nav__link" aria-current="page">History &amp; more</span>' in html
    assert "My &lt;deck&gt;" in html


def test_the_dashboard_has_its_own_cards_and_every_other_page_the_common_ones() -> None:
    assert "jd-grid" in outline("/", name="x", places=PLACES)
    assert outline("/jobs/1", name="x", places=PLACES).count("jd-panel ") == 2
