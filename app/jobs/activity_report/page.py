"""The report as one HTML page: nothing is loaded, nothing is run, and every word of a job is escaped."""

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

from app.db import State
from app.db.queries.activity import Activity, FailureGroup, KindActivity, SlowJob, Spread
from app.reports import Tile, report_page
from app.reports.words import PERCENTILES_SAID, clipped, counted, duration, percent

SHOWN_FAILURES = 50
SHOWN_KINDS = 200
MOST_DAYS_DRAWN = 120
_CHIPS = {State.SUCCEEDED: "good", State.FAILED: "bad", State.RUNNING: "active", State.RETRYING: "warning"}
_CHART_HEIGHT = 120


def as_page(found: Activity, *, days: int) -> str:
    """Return the page, in light and dark."""
    return report_page(
        eyebrow="Activity report",
        title=f"The last {counted(days, 'day')}" if days > 1 else "The last 24 hours",
        origin=[f"since {found.since.day} {found.since:%B %Y, %H:%M} UTC"],
        made_at=found.until,
        tiles=_tiles(found, days),
        body="".join((_chart(found.per_day), _kinds(found), _failures(found), _slowest(found.slowest))),
        footer="Counted are the jobs that were started in this time. Waits and runs are those of the latest attempt. "
        + PERCENTILES_SAID,
        style=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
    )


def _tiles(found: Activity, days: int) -> list[Tile]:
    states = found.states
    ended = states[State.SUCCEEDED] + states[State.FAILED]
    unfinished = sum(count for state, count in states.items() if not state.is_finished)
    share = f"{percent(states[State.FAILED], ended)} of those that ended" if ended else "none has ended"
    return [
        Tile(title="Jobs", value=f"{found.jobs:,}", words=f"{found.jobs / days:,.1f} a day".replace(".0 ", " ")),
        Tile(title="Succeeded", value=f"{states[State.SUCCEEDED]:,}", words=f"{states[State.CANCELLED]:,} cancelled"),
        Tile(title="Failed", value=f"{states[State.FAILED]:,}", words=share),
        Tile(title="Unfinished", value=f"{unfinished:,}", words="running or waiting, this report too"),
    ]


def _chart(days: Sequence[tuple[date, dict[State, int]]]) -> str:
    """Draw a bar for each day: what succeeded below, what failed above it, the others on top."""
    drawn = days[-MOST_DAYS_DRAWN:]
    most = max((sum(states.values()) for _, states in drawn), default=0)
    if not most:
        return ""
    width = 100 / len(drawn)
    bars = []
    for number, (day, states) in enumerate(drawn):
        total = sum(states.values())
        parts = [("good", states.get(State.SUCCEEDED, 0)), ("bad", states.get(State.FAILED, 0))]
        parts.append(("rest", total - parts[0][1] - parts[1][1]))
        top = float(_CHART_HEIGHT)
        for look, count in parts:
            height = _CHART_HEIGHT * count / most
            top -= height
            if count:
                place = f'x="{number * width + width * 0.1:.3f}%" width="{width * 0.8:.3f}%"'
                bars.append(f'<rect class="{look}" {place} y="{top:.2f}" height="{max(height, 1):.2f}"/>')
        words = f"{day.day} {day:%B}: {counted(total, 'job')}, {parts[1][1]:,} failed"
        bars.append(
            f'<rect class="day" x="{number * width:.3f}%" y="0" width="{width:.3f}%" height="{_CHART_HEIGHT}">'
            f"<title>{words}</title></rect>"
        )
    first, last = drawn[0][0], drawn[-1][0]
    return (
        f'<section class="card days"><h2>Jobs a day</h2><svg height="{_CHART_HEIGHT}" role="img" '
        f'aria-label="Jobs a day; the most were {most:,}">{"".join(bars)}</svg>'
        f'<p class="axis"><span>{first.day} {first:%b}</span><span>at most {counted(most, "job")}</span>'
        f"<span>{last.day} {last:%b}</span></p></section>"
    )


def _kinds(found: Activity) -> str:
    if not found.kinds:
        return '<section class="card listing"><h2>Kinds</h2><p>Nothing was started in this time.</p></section>'
    rows = "".join(_kind_row(kind) for kind in found.kinds[:SHOWN_KINDS])
    more = f'<p class="more">and {len(found.kinds) - SHOWN_KINDS:,} more</p>' if len(found.kinds) > SHOWN_KINDS else ""
    head = "".join(
        f'<th scope="col" class="right{look}">{title}</th>'
        for title, look in (
            ("Jobs", ""),
            ("Failed", ""),
            ("Wait 50%", " wide"),
            ("Wait 95%", ""),
            ("Run 50%", ""),
            ("Run 95%", ""),
            ("Run 99%", " wide"),
            ("Longest", " wide"),
        )
    )
    return (
        '<section class="card listing"><h2>Kinds</h2><div class="scroll"><table><thead><tr>'
        f'<th scope="col">Kind</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>{more}</section>'
    )


def _kind_row(kind: KindActivity) -> str:
    failed = kind.states.get(State.FAILED, 0)
    ended = failed + kind.states.get(State.SUCCEEDED, 0)
    words = ", ".join(f"{count:,} {state}" for state, count in sorted(kind.states.items()))
    share = f'<b class="some">{failed:,}</b> <small>{percent(failed, ended)}</small>' if failed else _nothing("0")
    return (
        f'<tr><th scope="row" title="{escape(kind.kind)}">{escape(clipped(kind.title))}</th>'
        f'<td class="right" title="{words}">{kind.jobs:,}</td><td class="right">{share}</td>'
        f"{_cell(kind.wait, 'p50', is_wide=True)}{_cell(kind.wait, 'p95')}{_cell(kind.run, 'p50')}"
        f"{_cell(kind.run, 'p95')}{_cell(kind.run, 'p99', is_wide=True)}{_cell(kind.run, 'max', is_wide=True)}</tr>"
    )


def _cell(spread: Spread | None, name: str, *, is_wide: bool = False) -> str:
    look = "right wide" if is_wide else "right"
    if spread is None:
        return f'<td class="{look}">{_nothing("none")}</td>'
    value: float = getattr(spread, name)
    return f'<td class="{look}" title="{value:g} s">{duration(value)}</td>'


def _failures(found: Activity) -> str:
    if not found.failures:
        return ""
    rows = "".join(_failure_row(group) for group in found.failures[:SHOWN_FAILURES])
    others = found.other_failures + sum(group.count for group in found.failures[SHOWN_FAILURES:])
    more = f'<p class="more">and {counted(others, "job")} that failed of other causes</p>' if others else ""
    return (
        '<section class="card listing"><h2>Why jobs failed</h2><div class="scroll"><table class="failures"><thead><tr>'
        '<th scope="col">Cause</th><th scope="col" class="right">Jobs</th><th scope="col" class="wide">Kinds</th>'
        '<th scope="col" class="right wide">Last</th><th scope="col" class="right">Such a job</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}</section>"
    )


def _failure_row(group: FailureGroup) -> str:
    kinds = ", ".join(kind for kind, _ in group.kinds.most_common(3))
    return (
        f'<tr><th scope="row" title="{escape(group.message)}">{escape(clipped(group.signature, longest=160))}</th>'
        f'<td class="right">{group.count:,}</td><td class="wide">{escape(clipped(kinds))}</td>'
        f'<td class="right wide">{group.last_at.day} {group.last_at:%b, %H:%M}</td>'
        f'<td class="right">#{group.last_job_id}</td></tr>'
    )


def _slowest(jobs: Sequence[SlowJob]) -> str:
    if not jobs:
        return ""
    longest = jobs[0].run_seconds or 1
    rows = "".join(
        f'<tr><th scope="row">#{job.id} {escape(clipped(job.title))}</th>'
        f'<td><span class="chip {_CHIPS.get(job.state, "")}">{job.state}</span></td>'
        f'<td class="track-cell wide"><span class="track"><i style="width:{100 * job.run_seconds / longest:.2f}%"></i>'
        f'</span></td><td class="right" title="{job.run_seconds:g} s">{duration(job.run_seconds)}</td></tr>'
        for job in jobs
    )
    return (
        '<section class="card listing"><h2>Slowest jobs</h2><div class="scroll"><table><thead><tr>'
        '<th scope="col">Job</th><th scope="col">State</th><th scope="col" class="wide"></th>'
        f'<th scope="col" class="right">Run</th></tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _nothing(text: str) -> str:
    return f'<span class="none">{text}</span>'
