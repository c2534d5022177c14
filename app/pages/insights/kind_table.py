"""The kinds of a time: how many jobs, how many succeeded, how long they waited and ran. Each leads to its jobs."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from app.db import State
from app.db.queries.activity import KindActivity, Spread
from app.pages.time.durations import count, duration
from app.pages.widgets.markup import Link, Text, box
from app.reports.words import percent

MOST_KINDS = 100
_HEADS = ("Kind", "Jobs", "Succeeded", "Waited, half / 95 of 100", "Ran, half / 95 of 100", "Longest")


def kind_table(kinds: Sequence[KindActivity], *, since: datetime) -> None:
    """Draw a row for each kind, those with the most jobs first."""
    with box("jd-figures__scroll"), box("jd-figures jd-kinds", tag="table"):
        with box(tag="thead"), box(tag="tr"):
            for head in _HEADS:
                Text("th", head).props["scope"] = "col"
        with box(tag="tbody"):
            for kind in kinds[:MOST_KINDS]:
                _row(kind, since=since)
    if len(kinds) > MOST_KINDS:
        Text("p", f"The {MOST_KINDS} kinds with the most jobs.", classes="jd-figures__note")


def _row(kind: KindActivity, *, since: datetime) -> None:
    query = {"kind": kind.kind, "since": since.isoformat()}
    with box(tag="tr"):
        with box(tag="td"):
            Link(kind.title, f"/history?{urlencode(query)}", classes="jd-figures__link")
        _cell("jobs", count(kind.jobs))
        with box(tag="td"):
            Text("span", success_words(kind))
            if failed := kind.states.get(State.FAILED, 0):
                link = Link(f"{count(failed)} failed", f"/history?{urlencode({**query, 'state': 'failed'})}")
                link.classes(replace="jd-figures__failed")
        _cell("waited", spread_words(kind.wait))
        _cell("ran", spread_words(kind.run))
        _cell("longest", duration(kind.run.max) if kind.run else "")


def _cell(label: str, text: str) -> None:
    """Draw a figure; a phone, which shows no heads, shows the label before it."""
    Text("td", text).props["data-label"] = label


def success_words(kind: KindActivity) -> str:
    """Say how many of the jobs that ran to an end succeeded: "98.5%"; "" where none did."""
    succeeded, failed = kind.states.get(State.SUCCEEDED, 0), kind.states.get(State.FAILED, 0)
    return percent(succeeded, succeeded + failed) if succeeded + failed else ""


def spread_words(spread: Spread | None) -> str:
    """Say the median and what 95 of 100 stay below."""
    return f"{duration(spread.p50)} / {duration(spread.p95)}" if spread else ""
