"""The charts of a report: inline SVG for shapes, CSS for bars beside words. No script, no picture file."""

from collections.abc import Sequence
from html import escape

from app.jobs.data_report.column.distribution import Bar, Value
from app.jobs.data_report.figure import cell, figure
from app.reports.words import clipped, percent

WIDTH, HEIGHT = 600, 132
WIDEST_BAR = 56
SPARK_WIDTH, SPARK_HEIGHT = 96, 24


def histogram(bars: Sequence[Bar], *, rows: int) -> str:
    """Return a histogram with its axis; each bar says its range and count when pointed at."""
    most = max(bar.count for bar in bars)
    step = WIDTH / len(bars)
    gap = min(2.5, step * 0.18)
    drawn = []
    for number, bar in enumerate(bars):
        height = max(HEIGHT * bar.count / most, 1.5) if bar.count else 0
        hint = f"{_range(bar)}: {bar.count:,} ({percent(bar.count, rows)})"
        width = max(min(step - gap, WIDEST_BAR), 0.5)
        left = number * step
        inner = left + (step - width) / 2
        drawn.append(
            f"<g><title>{escape(hint)}</title>"
            f'<rect class="catch" x="{left:.2f}" y="0" width="{step:.2f}" height="{HEIGHT}"/>'
            f'<rect class="bar" x="{inner:.2f}" y="{HEIGHT - height:.2f}" width="{width:.2f}"'
            f' height="{height:.2f}"/></g>'
        )
    lines = "".join(
        f'<line class="grid" x1="0" x2="{WIDTH}" y1="{HEIGHT * share:.1f}" y2="{HEIGHT * share:.1f}"/>'
        for share in (0, 0.5)
    )
    label = escape(f"Histogram from {figure(bars[0].low)} to {figure(bars[-1].high)}, at most {most:,} in a bar")
    return (
        f'<div class="plot"><span class="most">{most:,}</span>'
        f'<svg class="histogram" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{label}">'
        f"{lines}{''.join(drawn)}</svg></div>"
    )


def _range(bar: Bar) -> str:
    """Return what a bar stands for: one whole number, or from where to where."""
    if isinstance(bar.low, int) and isinstance(bar.high, int) and bar.high - bar.low == 1:
        return figure(bar.low)
    return f"{figure(bar.low)} to {figure(bar.high)}"


def axis(labels: Sequence[Value], *, is_centred: bool = False) -> str:
    """Return the words under a histogram: at equal distances from its left to its right end, or one under each bar."""
    return f'<div class="axis{" centred" if is_centred else ""}">{"".join(map(cell, labels))}</div>'


def box(places: Sequence[float], *, words: str) -> str:
    """Return a box plot of five `places` (0…1): whiskers at 5% and 95%, the box from 25% to 75%, the median."""
    left, first, median, third, right = (min(max(place, 0.0), 1.0) * WIDTH for place in places)
    return (
        f'<svg class="box" viewBox="0 0 {WIDTH} 16" preserveAspectRatio="none" role="img" aria-label="{escape(words)}">'
        f"<title>{escape(words)}</title>"
        f'<line class="whisker" x1="{left:.1f}" x2="{right:.1f}" y1="8" y2="8"/>'
        f'<rect class="middle" x="{first:.1f}" y="2" width="{max(third - first, 1):.1f}" height="12" rx="2"/>'
        f'<rect class="median" x="{max(median - 1.5, 0):.1f}" y="0" width="3" height="16"/></svg>'
    )


def spark(bars: Sequence[Bar]) -> str:
    """Return a histogram the size of a word."""
    most = max(bar.count for bar in bars)
    step = SPARK_WIDTH / len(bars)
    width = min(max(step - 0.8, 0.6), 9)
    drawn = "".join(
        f'<rect x="{number * step + (step - width) / 2:.2f}" y="{SPARK_HEIGHT - height:.2f}" width="{width:.2f}"'
        f' height="{height:.2f}"/>'
        for number, bar in enumerate(bars)
        if (height := max(SPARK_HEIGHT * bar.count / most, 1.0) if bar.count else 0)
    )
    return f'<svg class="spark" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" aria-hidden="true">{drawn}</svg>'


def shares(counts: Sequence[int], *, rows: int) -> str:
    """Return one thin bar split by how often each of the top values stands there."""
    parts = "".join(f'<i style="width:{100 * count / max(rows, 1):.2f}%"></i>' for count in counts)
    return f'<span class="shares" aria-hidden="true">{parts}</span>'


def ranking(top: Sequence[tuple[Value, int]], *, rows: int, others: int) -> str:
    """Return the most frequent values as bars; `others`: how many distinct values are not shown."""
    most = top[0][1]
    lines = []
    for value, count in top:
        word = figure(value) if not isinstance(value, str) or value.strip() else "(only spaces)"
        hint = f' title="{escape(clipped(value, longest=400))}"' if isinstance(value, str) and len(value) > 24 else ""
        lines.append(
            f'<li><span class="word"{hint}>{escape(word)}</span>'
            f'<span class="track"><i style="width:{100 * count / most:.2f}%"></i></span>'
            f'<span class="count">{count:,}</span><span class="share">{percent(count, rows)}</span></li>'
        )
    more = f'<p class="more">and {others:,} other value{"s" * (others != 1)}</p>' if others else ""
    digits = len(f"{most:,}")
    return f'<ol class="ranking" style="--count:{digits}ch">{"".join(lines)}</ol>{more}'
