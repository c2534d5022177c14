"""The waterfall of a trace: a row for each stretch, its bar where it was in the whole.

It is one element with HTML in it: a trace has up to 200 jobs with some stretches each, and as elements of their own
their 3,000 parts held up every page of the server for most of a second, and took 6 MB of each tab.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from nicegui.element import Element

from app.db.snapshots.parts import LogLine, Trace
from app.pages.job.trace.rows import MOST_LINES, Row, began_at, rows_of
from app.pages.time.clock import TIME_SCRIPT, milliseconds
from app.pages.widgets.markup import Text, box, name_for_tests, own_address

DEEPEST = 8
"""Deeper rows are set in no further."""


class Waterfall:
    """A trace, drawn anew only where it has changed. Event loop only."""

    def __init__(self, job_id: int) -> None:
        """Begin without any; `job_id`: whose page it is on."""
        self._job_id = job_id
        with name_for_tests(box("jd-waterfall"), "waterfall") as self.element:
            self._rows = _Rows()
            self._notes = box()
        self._shown: tuple[object, ...] = ()
        self._job_ids: frozenset[int] = frozenset()

    def has_job(self, job_id: int) -> bool:
        """Say whether a job is in the trace that is shown."""
        return job_id in self._job_ids

    def show(self, trace: Trace, lines: Sequence[LogLine]) -> None:
        """Show a trace, with the first lines of the job's log in their places."""
        if (trace, lines) == self._shown:
            return
        self._shown = (trace, lines)
        self._job_ids = frozenset(one.job_id for one in trace.spans)
        began = began_at(trace) or datetime.now(UTC)
        rows = rows_of(trace, lines, job_id=self._job_id)
        self._rows.show(rows, began, jobs=own_address("/jobs", self.element.client))
        self._notes.clear()
        with self._notes:
            if len(lines) > MOST_LINES:
                Text("p", f"The first {MOST_LINES} lines of the log; all of them are below.", classes="jd-note")
            if trace.is_cut_off:
                Text("p", "There is more than is shown here.", classes="jd-note")


class _Rows(Element, component="waterfall.js", dependencies=[TIME_SCRIPT]):
    """The rows. What goes on is drawn on by the browser, with the clock of all the others on the page."""

    def __init__(self) -> None:
        super().__init__()
        self.classes("jd-waterfall__rows")
        self.props["html"] = ""

    def show(self, rows: Sequence[Row], began: datetime, *, jobs: str) -> None:
        """Draw rows. `began`: when the first of them did; `jobs`: the address below which the pages of jobs are."""
        ends = [row.begin_seconds + (row.length_seconds or 0.0) for row in rows]
        self.props["began"] = milliseconds(began)
        self.props["seconds"] = max(ends, default=0.0)
        # All that is put into it is escaped.
        self.props["html"] = "".join(part for row in rows for part in _html_of(row, began, jobs))


def _html_of(row: Row, began: datetime, jobs: str) -> Iterator[str]:
    title, told, what, tone = (escape(text) for text in (row.title, row.told, row.what, row.tone))
    yield f'<li class="jd-waterfall__row" data-what="{what}" data-tone="{tone}"'
    yield f' style="--jd-depth: {min(row.depth, DEEPEST)}">'
    if row.job_id is not None:
        yield f'<a class="jd-waterfall__title" href="{escape(jobs)}/{row.job_id}">{title}</a>'
    else:
        yield f'<span class="jd-waterfall__title">{title}</span>'
    length = "" if row.length_seconds is None else f" --jd-length: {row.length_seconds:.6f}"
    yield '<span class="jd-waterfall__track"><span class="jd-waterfall__bar"'
    yield f' style="--jd-begin: {row.begin_seconds:.6f};{length}"></span></span><span class="jd-waterfall__told">'
    if row.length_seconds is None:
        yield f'<time data-since="{milliseconds(began + timedelta(seconds=row.begin_seconds))}"></time> '
    yield f"{told}</span></li>"
