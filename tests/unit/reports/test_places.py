"""Places that were passed over, as a table."""

from app.reports.places import SHOWN, places_listing


def test_where_nothing_was_passed_over_there_is_no_table() -> None:
    assert places_listing("Not read", [], 0) == ""


def test_the_first_places_are_shown_as_text_and_the_others_are_counted() -> None:
    places = [("/a/<b>", "permission <denied>")] + [(f"/{number}", "gone") for number in range(SHOWN)]

    html = places_listing("Not <read>", places, 1234)

    assert "Not &lt;read&gt;" in html
    assert "/a/&lt;b&gt;" in html
    assert "permission &lt;denied&gt;" in html
    assert html.count("<tr>") == SHOWN
    assert f"and {1234 - SHOWN:,} more" in html
