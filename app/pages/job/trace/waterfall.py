"""The waterfall of a trace: a row for each stretch, its bar where it was in the whole."""

from collections.abc import Sequence
from datetime import UTC, datetime

from nicegui import ui

from app.db.snapshots.parts import LogLine, Trace
from app.pages.job.trace.rows import MOST_LINES, Row, rows_of
from app.pages.widgets.markup import Text, box, name_for_tests

DEEPEST = 8
"""Deeper rows are set in no further."""


class Waterfall:
    """A trace, drawn anew only where it has changed. Event loop only."""

    def __init__(self, job_id: int) -> None:
        """Begin without any; `job_id`: whose page it is on."""
        self._job_id = job_id
        self.element = name_for_tests(box("jd-waterfall"), "waterfall")
        self._shown: tuple[object, ...] = ()

    def show(self, trace: Trace, lines: Sequence[LogLine]) -> None:
        """Show a trace, with the first lines of the job's log in their places."""
        if (trace, lines) == self._shown:
            return
        self._shown = (trace, lines)
        self.element.clear()
        with self.element:
            with box("jd-waterfall__rows", tag="ul"):
                for row in rows_of(trace, lines, job_id=self._job_id, at=datetime.now(UTC)):
                    _draw(row)
            if len(lines) > MOST_LINES:
                Text("p", f"The first {MOST_LINES} lines of the log; all of them are below.", classes="jd-note")
            if trace.is_cut_off:
                Text("p", "There is more than is shown here.", classes="jd-note")


def _draw(row: Row) -> None:
    with box("jd-waterfall__row", tag="li") as line:
        line.props["data-what"] = row.what
        line.props["data-tone"] = row.tone
        line.style(f"--jd-depth: {min(row.depth, DEEPEST)}")
        if row.job_id is not None:
            ui.link(row.title, f"/jobs/{row.job_id}").classes(replace="jd-waterfall__title")
        else:
            Text("span", row.title, classes="jd-waterfall__title")
        with box("jd-waterfall__track", tag="span"):
            bar = box("jd-waterfall__bar", tag="span")
            bar.style(f"--jd-begin: {row.begin:.4f}; --jd-length: {row.length:.4f}")
        Text("span", row.told, classes="jd-waterfall__told")
