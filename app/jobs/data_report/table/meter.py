"""How far the report is: many small steps on one bar."""

from collections.abc import Callable

from app.queue import JobContext
from app.reports.words import size

# Where the steps end on the bar, in percent.
UNPACKED_PERCENT, CHECKED_PERCENT, LOADED_PERCENT, COMPARED_PERCENT, PROFILED_PERCENT = 4, 8, 32, 35, 99


class Meter:
    """Turns the share done of the present step into the bar of the whole job.

    A step is a stretch of the bar; the stretches were measured with `bench/data_report.py` so that the bar moves
    evenly. `at` raises `JobCancelled` when the job is to stop, so it is called several times a second.
    """

    def __init__(self, ctx: JobContext) -> None:
        """Show the progress of the job behind `ctx`."""
        self._ctx = ctx
        self._start = 0.0
        self._end = 0.0
        self._message = ""
        self._done = 0.0

    def step(self, start: float, end: float, message: str) -> None:
        """Begin a step that fills the bar from `start` to `end` percent."""
        self._start, self._end, self._message = start, end, message
        self.at(0.0)

    def at(self, ratio: float, detail: str = "") -> None:
        """Say that `ratio` (0…1) of the step is done. The bar never goes back."""
        percent = self._start + (self._end - self._start) * min(max(ratio, 0.0), 1.0)
        self._done = max(self._done, round(percent, 1))
        self._ctx.progress(self._done, 100, self._message + detail)

    def bytes_of(self, total: int) -> Callable[[int], None]:
        """Return a function that is told how many of `total` bytes were read."""

        def advance(done: int) -> None:
            self.at(done / max(total, 1), f": {size(min(done, total))} of {size(total)}")

        return advance
