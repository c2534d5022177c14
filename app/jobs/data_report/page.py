"""The report as one HTML page: nothing is loaded, nothing is run, and every word of the data is escaped."""

from html import escape
from pathlib import Path

from app.jobs.data_report import chart
from app.jobs.data_report.assumed import facts, unusual
from app.jobs.data_report.column.distribution import Value
from app.jobs.data_report.column.moments import place
from app.jobs.data_report.column.profile import Profile
from app.jobs.data_report.column.shape import Type
from app.jobs.data_report.figure import cell, figure
from app.jobs.data_report.report import Report
from app.reports import Tile, report_page
from app.reports.words import PERCENTILES_SAID, counted, percent, size

_ORDERED = {Type.INTEGER, Type.NUMBER, Type.DATE, Type.TIMESTAMP}
_COLOURS = {
    Type.INTEGER: "good",
    Type.NUMBER: "good",
    Type.DATE: "active",
    Type.TIMESTAMP: "active",
    Type.EMPTY: "warning",
    Type.MIXED: "warning",
}
# Of more columns the cards show their figures only, and of many more nothing: 9,000 would make a page of 11 MB.
MOST_CHARTS, MOST_SHOWN = 200, 1_000
MOST_LABELS = 8


def as_page(report: Report) -> str:
    """Return the page, in light and dark."""
    shown = enumerate(report.columns[:MOST_SHOWN], start=1)
    cards = "".join(_card(report, number, column) for number, column in shown)
    return report_page(
        eyebrow="Data report",
        title=report.source.name,
        origin=_origin(report),
        made_at=report.made_at,
        tiles=_tiles(report),
        body=f"{_read_as(report)}{_overview(report)}"
        f'<section class="cards" aria-label="Columns one by one">{cards}</section>',
        footer=_footer(report),
        style=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
    )


def _origin(report: Report) -> list[str]:
    source = report.source
    words = [source.kind, size(source.size_bytes)]
    if source.packing:
        words.append(source.packing)
    if any(taken.noun == "file" for taken in source.taken):
        words.append("ZIP")
    return words


def _read_as(report: Report) -> str:
    """Return what was assumed of the file, with how to change it; nothing where nothing had to be."""
    pairs = facts(report.source)
    warned = "".join(f'<p class="warned">{escape(words)}.</p>' for words in unusual(report.source))
    if not pairs and not warned:
        return ""
    listed = "".join(f"<div><dt>{escape(title)}</dt><dd>{escape(text)}</dd></div>" for title, text in pairs)
    how = "Not right? Start the report again and fill the field of that name."
    figures = f'<dl class="figures">{listed}</dl><p class="note">{how}</p>' if pairs else ""
    is_open = " open" if warned else ""
    return f"""<details class="card read-as"{is_open}><summary>How the file was read</summary>{warned}
{figures}</details>"""


def _footer(report: Report) -> str:
    notes = [
        "All figures are exact and made from every row. Point at a figure to see it unrounded.",
        PERCENTILES_SAID,
    ]
    if report.empty_lines:
        notes.append(f"{counted(report.empty_lines, 'empty line').capitalize()} between the rows passed over.")
    if report.comments:
        notes.append(f"{counted(report.comments, 'comment').capitalize()} passed over.")
    return " ".join(notes)


def _tiles(report: Report) -> list[Tile]:
    values = report.rows * len(report.columns)
    ordered = sum(column.type in _ORDERED for column in report.columns)
    complete = sum(column.missing == 0 for column in report.columns)
    has_header = report.source.dialect.width and report.source.dialect.has_header
    counting = "the header not counted" if has_header else "one for each record"
    return [
        Tile(title="Rows", value=f"{report.rows:,}", words=counting),
        Tile(title="Columns", value=f"{len(report.columns):,}", words=f"{ordered:,} with numbers or dates"),
        Tile(title="Missing", value=f"{report.missing:,}", words=f"{percent(report.missing, values)} of all values"),
        Tile(title="Complete", value=f"{complete:,}", words=f"of {counted(len(report.columns), 'column')}"),
    ]


def _overview(report: Report) -> str:
    shown = enumerate(report.columns[:MOST_SHOWN], start=1)
    rows = "".join(_overview_row(report, number, column) for number, column in shown)
    return f"""<section class="card listing"><h2>All columns</h2><div class="scroll"><table>
<thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col" class="right">Missing</th>
<th scope="col" class="right">Distinct</th><th scope="col" class="wide">Shape</th>
<th scope="col" class="right wide">Min</th><th scope="col" class="right wide">Max</th></tr></thead>
<tbody>{rows}</tbody></table></div>{_left_out(len(report.columns))}</section>"""


def _left_out(columns: int) -> str:
    """Return what the page does not show of a file of very many columns."""
    words = ""
    if columns > MOST_CHARTS:
        words = f"Charts are drawn for the first {MOST_CHARTS:,} columns."
    if columns > MOST_SHOWN:
        words += f" The first {MOST_SHOWN:,} of {columns:,} columns are shown; report.json has all of them."
    return f'<p class="more left-out">{words}</p>' if words else ""


def _overview_row(report: Report, number: int, column: Profile) -> str:
    shape = ""
    if column.histogram:
        shape = chart.spark(column.histogram)
    elif column.top and column.top[0][1] > 1:
        shape = chart.shares([count for _, count in column.top], rows=report.rows)
    missing = (
        f'<b class="some">{percent(column.missing, report.rows)}</b>'
        if column.missing
        else '<span class="none">0</span>'
    )
    return (
        f'<tr><th scope="row"><a href="#c{number}">{escape(_short(column.name))}</a></th><td>{_chip(column)}</td>'
        f'<td class="right">{missing}</td><td class="right">{column.distinct:,}</td>'
        f'<td class="wide">{shape}</td><td class="right wide clip">{cell(column.min)}</td>'
        f'<td class="right wide clip">{cell(column.max)}</td></tr>'
    )


def _card(report: Report, number: int, column: Profile) -> str:
    present = report.rows - column.missing
    drawing = ""
    if number <= MOST_CHARTS and column.distinct:
        if column.histogram:
            drawing = _histogram(column, rows=report.rows)
        elif column.top:
            others = column.distinct - len(column.top)
            drawing = chart.ranking(column.top, rows=report.rows, others=others)
    elif not column.distinct:
        drawing = '<p class="nothing">No values.</p>' if report.rows else '<p class="nothing">No rows.</p>'
    notes = [column.note] if column.note else []
    if column.marks:
        words = ", ".join(f"{word or '(empty)'} ({count:,})" for word, count in column.marks.items())
        notes.append(f"Counted as missing: {words}.")
    if column.infinite:
        notes.append(f"{column.infinite:,} infinite, left out of the figures.")
    note = f'<p class="note">{escape(" ".join(notes))}</p>' if notes else ""
    return f"""<article class="card column" id="c{number}">
<div class="head"><h2 title="{escape(column.name)}">{escape(_short(column.name))}</h2>{_chip(column)}</div>
<div class="fill" title="{present:,} of {report.rows:,} present">
<i style="width:{_share(present, report.rows)}%"></i></div>
{drawing}
<dl class="figures">{_figures(report, column)}</dl>{note}
</article>"""


def _figures(report: Report, column: Profile) -> str:
    missing = f"{column.missing:,}" + (
        f" <small>{percent(column.missing, report.rows)}</small>" if column.missing else ""
    )
    pairs = [("Missing", missing), ("Distinct", f"{column.distinct:,}")]
    is_day = column.type is Type.DATE
    if column.type in _ORDERED and column.quantiles:
        at = {name: cell(value, is_day=is_day) for name, value in column.quantiles.items()}
        pairs += [("Mean", cell(column.mean, is_day=is_day))]
        if column.std is not None:
            pairs += [("Deviation", cell(column.std))]
        pairs += [("Min", cell(column.min)), ("5%", at["0.05"]), ("25%", at["0.25"]), ("Median", at["0.5"])]
        pairs += [("75%", at["0.75"]), ("95%", at["0.95"]), ("Max", cell(column.max))]
        if column.distinct < report.rows - column.missing:
            value, count = column.top[0]
            pairs += [("Most often", f"{cell(value)} <small>{count:,} times</small>")]
    elif column.lengths:
        shortest, longest, _ = column.lengths
        pairs += [("Shortest", _letters(shortest)), ("Longest", _letters(longest))]
    return "".join(f"<div><dt>{title}</dt><dd{_wraps(title)}>{value}</dd></div>" for title, value in pairs)


def _wraps(title: str) -> str:
    return ' class="wraps"' if title == "Most often" else ""


def _letters(count: int) -> str:
    return f"{count:,} <small>character{'s' * (count != 1)}</small>"


def _histogram(column: Profile, *, rows: int) -> str:
    bars = column.histogram
    start, end = _place(bars[0].low), _place(bars[-1].high)
    drawn = chart.histogram(bars, rows=rows)
    is_single = column.type is Type.INTEGER and end - start == len(
        bars
    )  # a bar for each whole number, which stands in its middle
    if end > start:
        shift = 0.5 if is_single else 0.0
        places = [(_place(value) + shift - start) / (end - start) for value in column.quantiles.values()]
        words = ", ".join(f"{float(key):.0%} {figure(value)}" for key, value in column.quantiles.items())
        drawn += chart.box(places, words=words)
    if is_single:
        labels = [bar.low for bar in bars] if len(bars) <= MOST_LABELS else [bars[0].low, bars[-1].low]
        return drawn + chart.axis(labels, is_centred=len(bars) <= MOST_LABELS)
    middle = [bars[len(bars) // 2].low] if len(bars) % 2 == 0 else []
    return drawn + chart.axis([bars[0].low, *middle, bars[-1].high])


def _place(value: Value) -> float:
    """Return where a number, date or time lies, on any one scale."""
    return place(value) if isinstance(value, str) else float(value or 0)


def _chip(column: Profile) -> str:
    return f'<span class="chip {_COLOURS.get(column.type, "")}">{column.type.value}</span>'


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:79] + "…"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "0"
