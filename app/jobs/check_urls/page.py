"""The report as one HTML page: what is broken first, then what works."""

from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from pathlib import Path
from statistics import median

from app.jobs.check_urls.check import REDIRECTS, Result
from app.jobs.check_urls.report import SOON, Report
from app.reports import Tile, printable, report_page
from app.reports.words import clipped, counted, duration

SHOWN = 1000
SHOWN_STEPS = 4
LONGEST = 160


def as_page(report: Report) -> str:
    """Return the page, in light and dark."""
    broken = report.broken
    ending = report.ending
    fine = [result for result in report.results if not result.is_broken and not report.is_ending(result)]
    count = len(report.results)
    return report_page(
        eyebrow="URL check",
        title="All addresses work" if not broken else f"{len(broken):,} of {count:,} broken",
        origin=[counted(count, "address", plural="addresses")],
        made_at=report.made_at,
        tiles=_tiles(report),
        body=_listing(report, "Broken", broken)
        + _listing(report, f"Certificate ends within {SOON.days} days", ending)
        + _listing(report, "Working", fine),
        footer="Time is until the last answer began, redirects included. Point at an address to see it in full.",
        style=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
    )


def _tiles(report: Report) -> list[Tile]:
    results = report.results
    times = [result.seconds for result in results if result.seconds is not None]
    working = len(results) - len(report.broken)
    days = [left for left in map(report.days_left, results) if left is not None]
    secure = f"of {counted(len(days), 'secure address', plural='secure addresses')}"
    return [
        Tile(title="Working", value=f"{working:,}", words=f"of {len(results):,}"),
        Tile(
            title="Redirected",
            value=f"{sum(bool(result.redirects) for result in results):,}",
            words="lead somewhere else",
        ),
        Tile(
            title="Usual time",
            value=duration(median(times)) if times else "-",
            words=f"at most {duration(max(times))}" if times else "nobody answered",
        ),
        Tile(title="First certificate ends", value=_days(min(days)) if days else "-", words=secure),
    ]


def _days(days: int) -> str:
    return f"{days:,} d" if days >= 0 else "ended"


def _listing(report: Report, title: str, results: Sequence[Result]) -> str:
    if not results:
        return ""
    rows = "".join(_row(report, result) for result in results[:SHOWN])
    more = len(results) - SHOWN
    rest = f'<p class="more">and {more:,} more, in the table</p>' if more > 0 else ""
    return (
        f'<section class="card listing"><h2>{escape(title)} <small>{len(results):,}</small></h2>'
        '<div class="scroll"><table class="urls"><thead><tr><th scope="col">Address</th><th scope="col">Answer</th>'
        '<th scope="col" class="right wide">Time</th><th scope="col" class="right wide">Certificate</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>{rest}</section>"
    )


def _row(report: Report, result: Result) -> str:
    steps = "".join(
        f"<small><bdi>{step.status} → {escape(clipped(printable(step.url), longest=LONGEST))}</bdi></small>"
        for step in result.redirects[:SHOWN_STEPS]
    )
    if len(result.redirects) > SHOWN_STEPS:
        steps += f"<small>and {len(result.redirects) - SHOWN_STEPS:,} more</small>"
    hint = escape(clipped(printable(result.url), longest=2000))
    colour = "bad" if result.is_broken else "good"
    words = result.error or (_phrase(result) if result.is_broken else "")
    if not result.is_broken and report.is_ending(result):
        words = f"certificate ends in {counted(report.days_left(result) or 0, 'day')}"
    time = "-" if result.seconds is None else duration(result.seconds)
    return (
        f'<tr><th scope="row" title="{hint}"><bdi>{escape(clipped(printable(result.url), longest=LONGEST))}</bdi>'
        f'{steps}</th><td><span class="chip {colour}">{_answer(result)}</span>'
        f"{f'<small>{escape(words)}</small>' if words else ''}</td>"
        f'<td class="right wide">{time}</td><td class="right wide">{_certificate(report, result)}</td></tr>'
    )


def _answer(result: Result) -> str:
    """Return the status, or a word for what was there instead of one."""
    if not result.was_asked and not result.redirects:
        return "not asked"
    if result.status is None:
        return "no answer"
    return "failed" if result.error and result.status in REDIRECTS else str(result.status)


def _phrase(result: Result) -> str:
    """Return what the status means, in the words of the standard; empty for one that it does not know."""
    try:
        return HTTPStatus(result.status or 0).phrase
    except ValueError:
        return ""


def _certificate(report: Report, result: Result) -> str:
    days = report.days_left(result)
    if days is None or result.certificate_ends is None:
        return '<span class="none">-</span>'
    words = f"{counted(days, 'day')}" if days >= 0 else "ended"
    day = f"{result.certificate_ends:%Y-%m-%d}"
    style = ' class="some"' if report.is_ending(result) else ""
    return f'<span{style} title="until {day}">{words}</span><small class="day">{day}</small>'
