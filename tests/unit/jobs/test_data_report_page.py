"""What the page of a report holds: complete in itself, and nothing of the data is taken for HTML."""

import re
from collections.abc import Callable

import pytest

from app.reports.words import PERCENTILE_RULE, PERCENTILES_SAID
from tests.unit.jobs.conftest import NotedContext, Tags

Report = Callable[[str, str | bytes], NotedContext]
HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("where", ["column", "value", "file"])
def test_page_when_the_data_holds_html_shows_it_as_text(where: str, report: Report) -> None:
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    name = "<script>a<b>.csv" if where == "file" else "a.csv"
    head = quoted if where == "column" else "name"
    value = quoted if where == "value" else "x"

    page = report(name, f"{head},n\n{value},1\n{value},2\n").page

    tags = Tags(page)
    assert tags.names.isdisjoint({"script", "img", "b>", "iframe", "object", "link"})
    assert not any(attribute.startswith("on") for attribute in tags.attributes)
    assert "&lt;script&gt;" in page


def test_page_when_opened_loads_nothing_from_elsewhere(report: Report) -> None:
    page = report("a.csv", "x,y\n1,a\n2,b\n").page

    assert Tags(page).names.isdisjoint({"script", "link", "img"})
    assert re.findall(r"(?:https?:)?//[a-z]", page) == []
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page


def test_page_when_there_are_no_rows_says_so(report: Report) -> None:
    noted = report("a.csv", "x,y\n")

    assert noted.page.count("No rows.") == 2
    assert noted.json["rows"] == 0


def test_report_when_made_says_how_percentiles_are_taken(report: Report) -> None:
    noted = report("a.csv", "x\n1\n2\n")

    assert PERCENTILES_SAID in noted.page
    assert noted.json["percentile_rule"] == PERCENTILE_RULE
    assert noted.column("x")["quantiles"]["0.5"] == 1.5


def test_page_when_figures_are_long_shows_them_short_and_keeps_the_exact_one_as_a_hint(report: Report) -> None:
    page = report("a.csv", "x,y\n1,0\n2,0\n2,0\n").page

    assert '<span title="1.6666666666666667">1.667</span>' in page


def test_page_when_a_quantile_lies_between_two_days_shows_the_day_and_keeps_the_time_as_its_hint(
    report: Report,
) -> None:
    page = report("a.csv", "day\n2026-01-01\n2026-01-02\n").page

    assert '<dt>Median</dt><dd><span title="2026-01-01T12:00:00">2026-01-01</span>' in page
