"""Which rows of a table are unfolded, and the lines of the table below them. What is in them is somebody else's."""

from collections.abc import Awaitable, Callable, Mapping

from nicegui.element import Element

from app.pages.jobs.cells.cells import cell
from app.pages.widgets.markup import box


class Unfolding:
    """The lines below rows of one table. Event loop only."""

    def __init__(self, body: Element, *, on_unfold: Callable[[int], Awaitable[None] | None] | None) -> None:
        """`body`: holds the rows; `on_unfold`: called with the id of a row that was unfolded, to fill its place."""
        self._body, self._on_unfold = body, on_unfold
        self._lines: dict[int, tuple[Element, Element]] = {}

    @property
    def places(self) -> Mapping[int, Element]:
        """What is to be filled below each row that is unfolded."""
        return {job_id: place for job_id, (_, place) in self._lines.items()}

    def toggle(self, job_id: int, row: Element, *, columns: int) -> Awaitable[None] | None:
        """Unfold a row, or fold it. `columns`: how many cells a row has."""
        if job_id in self._lines:
            self.fold(job_id)
            return None
        with self._body, box("jd-jobs__lines", tag="tr") as line:
            line.props["role"] = "row"
            with cell("jd-jobs__below") as place:
                place.props["colspan"] = columns
        self._lines[job_id] = line, place
        self._put_below(line, row)
        return self._on_unfold(job_id) if self._on_unfold is not None else None

    def fold(self, job_id: int) -> None:
        """Take away what is below a row, where something is."""
        if job_id in self._lines:
            self._lines.pop(job_id)[0].delete()

    def step_aside(self) -> None:
        """Move behind all rows while these are put into another order."""
        for line, _ in self._lines.values():
            line.move(target_index=-1)

    def come_back(self, rows: Mapping[int, Element]) -> None:
        """Move below their rows again."""
        for job_id, (line, _) in self._lines.items():
            self._put_below(line, rows[job_id])

    def _put_below(self, line: Element, row: Element) -> None:
        line.move(target_index=self._body.default_slot.children.index(row) + 1)
