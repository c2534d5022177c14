"""The report as one HTML page: the map, the biggest folders, the biggest files, and what could not be read."""

import os
from html import escape
from pathlib import Path

from app.jobs.disk_usage.report import Report, modified_at
from app.jobs.disk_usage.treemap import treemap
from app.jobs.disk_usage.usage import Spot
from app.reports import Tile, places_listing, printable, report_page
from app.reports.words import clipped, counted, percent, size

SHOWN_ROWS = 20
# Two layouts of the map, for wide and for narrow windows. NOTE: page.css shows one of them.
WIDE, NARROW = (1150, 600), (360, 480)


def as_page(report: Report) -> str:
    """Return the page, in light and dark."""
    return report_page(
        eyebrow="Disk usage",
        title=printable(report.root.path),
        origin=[counted(report.root.files, "file"), counted(report.root.folders, "folder")],
        made_at=report.made_at,
        tiles=_tiles(report),
        body=_map(report)
        + _folders(report)
        + _files(report)
        + places_listing("Could not be read", report.unreadable.pairs, report.unreadable.count)
        + places_listing("Not entered", report.elsewhere.pairs, report.elsewhere.count),
        footer=_footer(report),
        style=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
    )


def _tiles(report: Report) -> list[Tile]:
    root = report.root
    biggest = report.biggest_files[0] if report.biggest_files else None
    free = f"of {size(report.total_bytes)}, {percent(report.free_bytes, report.total_bytes)}"
    return [
        Tile(title="On disk", value=size(root.allocated_bytes), words="taken from the disk"),
        Tile(title="Length", value=size(root.apparent_bytes), words="of all files together"),
        Tile(
            title="Biggest file",
            value=size(biggest.allocated_bytes) if biggest else "-",
            words=clipped(printable(biggest.name), longest=32) if biggest else "no files",
        ),
        Tile(title="Free on this disk", value=size(report.free_bytes), words=free),
    ]


def _map(report: Report) -> str:
    wide, narrow = (treemap(report.root, width=width, height=height) for width, height in (WIDE, NARROW))
    if not wide:
        return '<section class="card listing"><h2>Map</h2><p>Nothing in this folder takes room.</p></section>'
    return (
        f'<section class="card mapped"><h2>Where the room goes</h2>'
        f'<div class="wide-map">{wide}</div><div class="narrow-map">{narrow}</div></section>'
    )


def _folders(report: Report) -> str:
    shown = report.biggest_folders[:SHOWN_ROWS]
    rows = "".join(
        f"<tr>{_place(spot, report)}<td class='right wide'>{spot.files:,}</td>{_amount(spot, report)}</tr>"
        for spot in shown
    )
    head = (
        '<th scope="col">Folder</th><th scope="col" class="right wide">Files</th>'
        '<th scope="col" class="wide">Share</th><th scope="col" class="right">On disk</th>'
        '<th scope="col" class="right wide">Length</th>'
    )
    return _listing("Biggest folders", "With everything below them.", head, rows)


def _files(report: Report) -> str:
    shown = report.biggest_files[:SHOWN_ROWS]
    rows = "".join(
        f"<tr>{_place(spot, report)}<td class='right wide'>{(modified_at(spot) or '-')[:10]}</td>"
        f"{_amount(spot, report)}</tr>"
        for spot in shown
    )
    head = (
        '<th scope="col">File</th><th scope="col" class="right wide">Changed</th>'
        '<th scope="col" class="wide">Share</th><th scope="col" class="right">On disk</th>'
        '<th scope="col" class="right wide">Length</th>'
    )
    return _listing("Biggest files", "", head, rows)


def _listing(title: str, words: str, head: str, rows: str) -> str:
    if not rows:
        return ""
    remark = f"<p>{words}</p>" if words else ""
    return (
        f'<section class="card listing"><h2>{title}</h2>{remark}<div class="scroll"><table class="places">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _place(spot: Spot, report: Report) -> str:
    """Return a row's first cell: the name, and where it lies below the folder of the report."""
    below = printable(os.path.relpath(os.path.dirname(spot.path), report.root.path))
    where = f"<small><bdi>{escape(clipped(below, longest=200))}</bdi></small>" if below != "." else ""
    hint = escape(clipped(printable(spot.path), longest=400))
    return f'<th scope="row" title="{hint}"><bdi>{escape(clipped(printable(spot.name), longest=120))}</bdi>{where}</th>'


def _amount(spot: Spot, report: Report) -> str:
    share = 100 * spot.allocated_bytes / max(report.root.allocated_bytes, 1)
    words = percent(spot.allocated_bytes, report.root.allocated_bytes)
    return (
        f'<td class="wide"><span class="share"><span class="track"><i style="width:{share:.2f}%"></i></span>{words}'
        f'</span></td><td class="right" title="{spot.allocated_bytes:,} bytes">{size(spot.allocated_bytes)}</td>'
        f'<td class="right wide" title="{spot.apparent_bytes:,} bytes">{size(spot.apparent_bytes)}</td>'
    )


def _footer(report: Report) -> str:
    notes = ["Symbolic links are not followed; 1 KB is 1,000 bytes. Point at anything to see more."]
    if report.more_names:
        notes.append(
            f"{counted(report.more_names, 'further name')} of files that were counted already (hard links) add nothing."
        )
    return " ".join(notes)
