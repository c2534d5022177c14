"""The report as one HTML page: the groups that could free most, and what could not be read."""

import os
from html import escape
from pathlib import Path

from app.jobs.find_duplicates.candidates import Candidate, Group
from app.jobs.find_duplicates.report import Report
from app.reports import Tile, places_listing, printable, report_page
from app.reports.words import clipped, counted, size

SHOWN_GROUPS = 100
# Of a group: these at once, the others when it is opened.
SHOWN_FILES, FOLDED_FILES = 5, 100


def as_page(report: Report) -> str:
    """Return the page, in light and dark."""
    return report_page(
        eyebrow="Duplicates",
        title=printable(report.folder),
        origin=[counted(report.files, "file"), counted(report.folders, "folder")],
        made_at=report.made_at,
        tiles=_tiles(report),
        body=_groups(report)
        + places_listing("Could not be compared", report.unreadable.pairs, report.unreadable.count)
        + places_listing("Not entered", report.elsewhere.pairs, report.elsewhere.count),
        footer="Files are the same when every byte is. Names of one and the same file (hard links) are no duplicates; "
        "a copy with several names frees its room when all of them are gone. "
        "Nothing was deleted.",
        style=Path(__file__).with_name("page.css").read_text(encoding="utf-8"),
    )


def _tiles(report: Report) -> list[Tile]:
    least = f"of {size(report.min_size_bytes)} or more" if report.min_size_bytes > 1 else "but empty ones"
    return [
        Tile(title="Could be freed", value=size(report.free_bytes), words="by keeping one of each"),
        Tile(title="Groups", value=f"{report.groups:,}", words="of identical files"),
        Tile(title="Copies", value=f"{report.copies:,}", words="one of each group not counted"),
        Tile(
            title="Files",
            value=f"{report.files:,}",
            words=f"all {least} compared" if report.min_size_bytes else "all compared",
        ),
    ]


def _groups(report: Report) -> str:
    if not report.groups:
        return (
            '<section class="card listing"><h2>No duplicates</h2><p>No two files here have the same content.</p>'
            "</section>"
        )
    rows = "".join(_row(report, group) for group in report.candidates.groups(SHOWN_GROUPS))
    title = "All groups" if report.groups <= SHOWN_GROUPS else f"The {SHOWN_GROUPS} groups that could free most"
    return (
        f'<section class="card listing"><h2>{title}</h2><div class="scroll"><table class="groups"><thead><tr>'
        '<th scope="col">Identical files</th><th scope="col" class="right wide">Copies</th>'
        '<th scope="col" class="right wide">Each</th><th scope="col" class="right">Could be freed</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _row(report: Report, group: Group) -> str:
    files = [_file(report, file) for file in group.files[:FOLDED_FILES]]
    shown, folded = "".join(files[:SHOWN_FILES]), "".join(files[SHOWN_FILES:])
    more = len(group.files) - SHOWN_FILES
    if folded:
        left = len(group.files) - len(files)
        rest = f"<li>and {left:,} more, in the table</li>" if left else ""
        folded = f"<details><summary>{more:,} more</summary><ul>{folded}{rest}</ul></details>"
    return (
        f'<tr><td><ul>{shown}</ul>{folded}</td><td class="right wide">{len(group.files):,}</td>'
        f'<td class="right wide" title="{group.size_bytes:,} bytes">{size(group.size_bytes)}</td>'
        f'<td class="right amount" title="{group.free_bytes:,} bytes">{size(group.free_bytes)}</td></tr>'
    )


def _file(report: Report, file: Candidate) -> str:
    """Return a file's path below the folder, its name standing out."""
    above, name = os.path.split(os.path.relpath(file.path, report.folder))
    before = f"{escape(clipped(printable(above), longest=160))}/" if above else ""
    links = f" <small>{file.names:,} names</small>" if file.names > 1 else ""
    hint = escape(clipped(printable(file.path), longest=400))
    return f'<li title="{hint}"><bdi>{before}<b>{escape(clipped(printable(name), longest=120))}</b></bdi>{links}</li>'
