"""The waterfall of a trace: a row for each stretch, its bar where it was in the whole.

It is one element with HTML in it: a trace has up to 200 jobs with some stretches each, and as elements of their own
their 3,000 parts held up every page of the server for most of a second, and took 6 MB of each tab.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from nicegui import ui

from app.db.snapshots.parts import LogLine, Trace
from app.pages.job.trace.rows import MOST_LINES, Row, rows_of
from app.pages.widgets.markup import Text, box, name_for_tests, own_address

DEEPEST = 8
"""Deeper rows are set in no further."""


class Waterfall:
    """A trace, drawn anew only where it has changed. Event loop only."""

    def __init__(self, job_id: int) -> None:
        """Begin without any; `job_id`: whose page it is on."""
        self._job_id = job_id
        with name_for_tests(box("jd-waterfall"), "waterfall") as self.element:
            # All that is put into it is escaped: what cleans HTML in the browser need not be loaded.
            self._rows = ui.html("", sanitize=False, tag="ul").classes("jd-waterfall__rows")
            self._notes = box()
        self._shown: tuple[object, ...] = ()

    def show(self, trace: Trace, lines: Sequence[LogLine]) -> None:
        """Show a trace, with the first lines of the job's log in their places."""
        if (trace, lines) == self._shown:
            return
        self._shown = (trace, lines)
        rows = rows_of(trace, lines, job_id=self._job_id, at=datetime.now(UTC))
        jobs = own_address("/jobs", self.element.client)
        self._rows.set_content("".join(part for row in rows for part in _html_of(row, jobs)))
        self._notes.clear()
        with self._notes:
            if len(lines) > MOST_LINES:
                Text("p", f"The first {MOST_LINES} lines of the log; all of them are below.", classes="jd-note")
            if trace.is_cut_off:
                Text("p", "There is more than is shown here.", classes="jd-note")


def _html_of(row: Row, jobs: str) -> Iterator[str]:
    """Give the HTML of a row; `jobs`: the address below which the pages of jobs are."""
    title, told, what, tone = (escape(text) for text in (row.title, row.told, row.what, row.tone))
    yield f'<li class="jd-waterfall__row" data-what="{what}" data-tone="{tone}"'
    yield f' style="--jd-depth: {min(row.depth, DEEPEST)}">'
    if row.job_id is not None:
        yield f'<a class="jd-waterfall__title" href="{escape(jobs)}/{row.job_id}">{title}</a>'
    else:
        yield f'<span class="jd-waterfall__title">{title}</span>'
    yield f'<span class="jd-waterfall__track"><span class="jd-waterfall__bar" style="--jd-begin: {row.begin:.4f};'
    yield f' --jd-length: {row.length:.4f}"></span></span><span class="jd-waterfall__told">{told}</span></li>'
