"""What came out of a job: its result, or the error that ended it."""

from collections.abc import Callable

from app.db import JobSnapshot, State
from app.pages.job.attempts import draw_traceback, error_block
from app.pages.previews.result_view import copy_button, pretty, show_result
from app.pages.widgets.markup import Panel, box
from app.pages.widgets.panel import panel_head


class Outcome:
    """The card of the result or of the error; takes no room while there is neither. Event loop only."""

    def __init__(self, *, on_copy: Callable[[str], object]) -> None:
        """`on_copy` puts a text into the clipboard."""
        self._on_copy = on_copy
        self._shown: tuple[object, ...] = ()
        self.element = box("jd-column jd-jobpage__outcome")

    def show(self, job: JobSnapshot, *, traceback: str | None) -> None:
        """Show how a job ended; nothing is drawn anew while that is the same. `traceback`: of its last attempt."""
        outcome = (job.state, job.result, job.error, traceback)
        if outcome == self._shown:
            return
        self._shown = outcome
        has_result = job.state is State.SUCCEEDED and job.result is not None
        self.element.clear()
        self.element.visible = job.error is not None or has_result
        with self.element:
            if job.error is not None:
                self._draw_error(job.error.type, job.error.message, traceback)
            elif has_result:
                self._draw_result(job)

    def _draw_error(self, kind: str, message: str, traceback: str | None) -> None:
        with Panel("jd-panel"):
            with panel_head("Error"):
                copy_button("Copy the error", lambda: self._on_copy(f"{kind}: {message}"))
            error_block(kind, message)
            if traceback:
                with box("jd-failure__traceback"):
                    draw_traceback(traceback, on_copy=self._on_copy, is_open=True)

    def _draw_result(self, job: JobSnapshot) -> None:
        shown = job.result if isinstance(job.result, str) else pretty(job.result)
        with Panel("jd-panel"):
            with panel_head("Result"):
                copy_button("Copy the result", lambda: self._on_copy(shown))
            show_result(job.result)
