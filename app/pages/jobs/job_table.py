"""Jobs in rows that stay where they are: one changed job changes the texts of its row, and nothing is built again.

Light rows of plain HTML rather than Quasar's table: a property of that is sent again whole with all rows, and its slot
templates mount their cells anew. On a phone the same rows are drawn as cards (job_table.css).
"""

from collections.abc import Awaitable, Callable, Sequence, Set
from datetime import datetime

from nicegui.element import Element

from app.db import JobSnapshot, State
from app.db.queries.jobs import Sort
from app.db.snapshots.columns import USUAL
from app.pages.jobs.cells.cells import Column, cell, columns_of, draw_cell
from app.pages.jobs.reader import close_to_others
from app.pages.jobs.unfolded.unfolding import Unfolding
from app.pages.widgets.markup import Plain, Text, box, name_for_tests
from app.pages.widgets.pick_box import PickBox
from app.pages.widgets.press import on_press
from app.rights import Act as RightTo

Act = Callable[[int], Awaitable[None] | None]
# A click in a row opens the job, unless it was on a link, a button or a checkbox, or ended the selection of some text.
_OPEN_CLICK = """(event) => {
  if (!event.target.closest("a, button, label") && !event.metaKey && !event.ctrlKey && !String(getSelection())) emit();
}"""
_OPEN_KEY = "(event) => { if (event.key === 'Enter' && event.target === event.currentTarget) emit(); }"


class _Body(Plain):
    """Where the rows stand. With it they go at once: a page and its parts know each other, and wait for the collector
    of garbage, which takes the longer the more there is of them.
    """

    def __init__(self, rows: dict[int, "JobRow"]) -> None:
        super().__init__("tbody")
        self._rows = rows

    def _handle_delete(self) -> None:
        self._rows.clear()
        super()._handle_delete()


class JobTable:
    """The table. Event loop only; it knows no database: rows are handed in, acts are reported."""

    def __init__(
        self,
        *,
        on_open: Act,
        on_cancel: Act,
        on_retry: Act,
        columns: Sequence[str] = USUAL,
        on_sort: Callable[[Sort], Awaitable[None] | None] | None = None,
        on_leave: Callable[[], Awaitable[None] | None] | None = None,
        on_pick: Callable[[int, bool, bool], object] | None = None,
        on_pick_all: Callable[[bool], object] | None = None,
        on_unfold: Act | None = None,
    ) -> None:
        """Draw the head.

        Args:
            on_open, on_cancel, on_retry: called with the job's id.
            columns: what the rows say, as `app.db.snapshots.columns` names it.
            on_sort: called with the order a head was clicked for; None: the order is fixed.
            on_leave: called when the pointer has left the rows.
            on_pick: called with the id of a row, whether it is selected now, and whether Shift was held; None: rows
                cannot be selected.
            on_pick_all: called with whether all rows are selected now.
            on_unfold: called with the id of a row that was unfolded: it fills `below`; None: no row can be.
        """
        self._acts = (on_open, on_cancel, on_retry)
        self._usual = self._columns = columns_of(columns)
        self._on_sort, self._on_pick, self._on_pick_all = on_sort, on_pick, on_pick_all
        self._sort: Sort | None = None
        self._pick_all: PickBox | None = None
        self._picked: Set[int] = frozenset()
        self._rows: dict[int, JobRow] = {}
        self._heads: dict[str, Element] = {}
        self.is_hovered = False
        self.focused: int | None = None
        with box("jd-jobs-place") as self._place_of_all, box("jd-jobs", tag="table") as self.element:
            self.element.props["role"] = "table"
            with box(tag="thead"), box(tag="tr") as self._head:
                self._head.props["role"] = "row"
            self._body = name_for_tests(_Body(self._rows), "job-rows")
        self.unfolding = Unfolding(self._body, on_unfold=on_unfold)
        self._body.on("mouseenter", lambda: self._hover(None, True), [])
        self._body.on("mouseleave", lambda: self._hover(on_leave, False), [])
        self._draw_heads()

    def show_columns(self, names: Sequence[str]) -> None:
        """Draw these columns in place of the ones before, with the same rows in the same order."""
        columns = columns_of(names)
        if columns == self._columns:
            return
        jobs = [self._rows[job_id].job for job_id in self.order]
        self.set_rows([])
        self._columns = columns
        self._draw_heads()
        self.set_rows(jobs)
        self.show_picked(self._picked)
        if self._sort is not None:
            self.show_sort(self._sort)

    def _draw_heads(self) -> None:
        is_chosen = self._columns != self._usual
        self._place_of_all.classes(**{"add" if is_chosen else "remove": "jd-jobs-place--chosen"})
        self._place_of_all.style(replace=f"--jd-columns: {len(self._columns)}")
        self._heads.clear()
        self._head.clear()
        with self._head:
            if self._on_pick_all is not None:
                self.element.classes("jd-jobs--pickable")
                self._draw_pick_all(self._on_pick_all)
            for column in self._columns:
                self._draw_head(column)
            with box("jd-jobs__acts", tag="th") as acts:
                acts.props["role"] = "columnheader"
                Text("span", "Acts", classes="jd-hidden")

    def _draw_pick_all(self, on_pick_all: Callable[[bool], object]) -> None:
        def choose(is_picked: bool, _is_range: bool) -> None:
            on_pick_all(is_picked)

        with box("jd-jobs__pick", tag="th") as head:
            head.props["role"] = "columnheader"
            self._pick_all = PickBox(label="Select this page", name="select-page", on_pick=choose)

    def _draw_head(self, column: Column) -> None:
        with box(column.classes, tag="th") as head:
            head.props["role"] = "columnheader"
            head.props["scope"] = "col"
            if "." in column.name:
                head.props["title"] = column.name
            sort = column.sort if self._on_sort is not None else None
            if sort is None:
                Text("span", column.heading)
                return
            button = Text("button", column.heading, classes="jd-jobs__sort")
            button.on("click", lambda: self._sort_by(sort), []).props["type"] = "button"
            name_for_tests(button, f"sort-{sort}")
            self._heads[sort] = head

    def _sort_by(self, column: str) -> Awaitable[None] | None:
        assert self._on_sort is not None
        is_descending = self._heads[column].props.get("aria-sort") != "descending"
        sort: Sort = f"{'-' if is_descending else ''}{column}"  # type: ignore[assignment]  # columns are those of Sort
        return self._on_sort(sort)

    def _hover(self, then: Callable[[], Awaitable[None] | None] | None, is_hovered: bool) -> Awaitable[None] | None:
        self.is_hovered = is_hovered
        return then() if then is not None else None

    def show_sort(self, sort: Sort) -> None:
        """Mark the column that the rows are sorted by, where it is shown."""
        self._sort = sort
        for column, head in self._heads.items():
            wanted = "none" if sort.lstrip("-") != column else "descending" if sort.startswith("-") else "ascending"
            if head.props.get("aria-sort") != wanted:
                head.props["aria-sort"] = wanted

    def show_busy(self, *, is_busy: bool) -> None:
        """Dim the rows while others are read that were asked for in their place."""
        if self.element.props.get("aria-busy") != (wanted := "true" if is_busy else "false"):
            self.element.props["aria-busy"] = wanted

    def set_rows(self, jobs: Sequence[JobSnapshot]) -> None:
        """Show these jobs in this order; rows that are there already stay and are only brought up to date."""
        wanted = {job.id for job in jobs}
        for job_id in [job_id for job_id in self._rows if job_id not in wanted]:
            self._rows.pop(job_id).element.delete()
            self.unfolding.fold(job_id)
        self.unfolding.step_aside()
        for place, job in enumerate(jobs):
            row = self._rows.get(job.id)
            if row is None:
                with self._body:
                    row = JobRow(job, self._acts, self._columns, on_focus=self._set_focused, on_pick=self._on_pick)
                self._rows[job.id] = row
                row.show_picked(is_picked=job.id in self._picked)
            else:
                row.update(job)
            if self._body.default_slot.children[place] is not row.element:
                row.element.move(target_index=place)

        self.unfolding.come_back({job_id: row.element for job_id, row in self._rows.items()})

    def show_flows(self, job_ids: Set[int]) -> None:
        """Offer to unfold the rows of these jobs, and no others."""
        for row in self._rows.values():
            row.offer_unfolding(job_ids, self.unfolding, columns=len(self._columns) + 2)

    def update_row(self, job: JobSnapshot) -> bool:
        """Bring one job up to date. False when it has no row here."""
        row = self._rows.get(job.id)
        if row is not None:
            row.update(job)
        return row is not None

    @property
    def order(self) -> list[int]:
        """The ids of the rows, from the top."""
        return [row.job.id for row in sorted(self._rows.values(), key=lambda row: self._place(row.element))]

    def show_picked(self, job_ids: Set[int]) -> None:
        """Mark the rows of these jobs as selected, and no others."""
        self._picked = frozenset(job_ids)
        for job_id, row in self._rows.items():
            row.show_picked(is_picked=job_id in self._picked)
        if self._pick_all is not None:
            shown = len(self._picked & self._rows.keys())
            self._pick_all.show(is_picked=0 < shown == len(self._rows), is_partly=0 < shown < len(self._rows))

    def job(self, job_id: int) -> JobSnapshot | None:
        """Return a shown job."""
        return self._rows[job_id].job if job_id in self._rows else None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    def __contains__(self, job_id: object) -> bool:
        """Say whether a job has a row."""
        return job_id in self._rows

    def _set_focused(self, job_id: int) -> None:
        self.focused = job_id

    def focus_next(self, step: int) -> None:
        """Move the keyboard's focus `step` rows down (up when negative)."""
        if not self._rows:
            return
        order = self.order
        place = order.index(self.focused) + step if self.focused in order else (0 if step > 0 else len(order) - 1)
        self.focused = order[max(0, min(place, len(order) - 1))]
        self._rows[self.focused].element.run_method("focus")

    def _place(self, element: Element) -> int:
        return self._body.default_slot.children.index(element)


class JobRow:
    """One job. A newer snapshot changes what differs; an older one nothing."""

    def __init__(
        self,
        job: JobSnapshot,
        acts: tuple[Act, Act, Act],
        columns: Sequence[Column],
        *,
        on_focus: Callable[[int], None],
        on_pick: Callable[[int, bool, bool], object] | None,
    ) -> None:
        """Draw the row; `acts`: open, cancel, retry; `on_pick`: None where rows cannot be selected."""
        on_open, on_cancel, on_retry = acts
        self.job = job
        self._pick: PickBox | None = None
        self._unfold: Element | None = None
        with box("jd-jobs__row", tag="tr") as self.element:
            self.element.props["role"] = "row"
            self.element.props["tabindex"] = 0
            name_for_tests(self.element, f"job-row-{job.id}")
            self.element.on("click", lambda: on_open(job.id), [], js_handler=_OPEN_CLICK)
            self.element.on("keydown", lambda: on_open(job.id), [], js_handler=_OPEN_KEY)
            self.element.on("focus", lambda: on_focus(job.id), [])
            if on_pick is not None:
                self._draw_pick(job, on_pick)
            self._shows = [draw_cell(column, job) for column in columns]
            with cell("jd-jobs__acts") as self._place_of_acts:
                self._cancel = _act_button("close", f"Cancel {job.title} #{job.id}", lambda: on_cancel(job.id))
                self._retry = _act_button("replay", f"Retry {job.title} #{job.id}", lambda: on_retry(job.id))
            close_to_others(self._cancel, RightTo.CANCEL)
            close_to_others(self._retry, RightTo.RETRY)
            name_for_tests(self._cancel, f"cancel-{job.id}")
            name_for_tests(self._retry, f"retry-{job.id}")
        self._show(job)

    def _draw_pick(self, job: JobSnapshot, on_pick: Callable[[int, bool, bool], object]) -> None:
        def pick(is_picked: bool, is_range: bool) -> None:
            on_pick(job.id, is_picked, is_range)

        with cell("jd-jobs__pick"):
            self._pick = PickBox(label=f"Select {job.title} #{job.id}", name=f"select-{job.id}", on_pick=pick)

    def offer_unfolding(self, job_ids: Set[int], unfolding: Unfolding, *, columns: int) -> None:
        """Have a button that unfolds the row where it is one of these jobs', else none; `columns`: its cells."""
        job_id, is_wanted = self.job.id, self.job.id in job_ids

        def toggle() -> Awaitable[None] | None:
            filled = unfolding.toggle(job_id, self.element, columns=columns)
            if self._unfold is not None:
                self._unfold.props["aria-expanded"] = "true" if job_id in unfolding.places else "false"
            return filled

        if not is_wanted and self._unfold is not None:
            unfolding.fold(job_id)
            self._unfold.delete()
            self._unfold = None
        elif is_wanted and self._unfold is None:
            with self._place_of_acts:
                self._unfold = _act_button("expand_more", f"Flow of {self.job.title} #{job_id}", toggle)
            self._unfold.move(target_index=0)
            self._unfold.props["aria-expanded"] = "false"
            name_for_tests(self._unfold, f"unfold-{job_id}")

    def show_picked(self, *, is_picked: bool) -> None:
        """Mark the row as selected or not."""
        if self._pick is None:
            return
        self._pick.show(is_picked=is_picked)
        selected = "true" if is_picked else "false"
        if self.element.props.get("data-picked", "false") != selected:
            self.element.props["data-picked"] = selected

    def update(self, job: JobSnapshot) -> None:
        """Show a newer snapshot of the same job."""
        if _age(job) < _age(self.job):
            return
        self.job = job
        self._show(job)

    def _show(self, job: JobSnapshot) -> None:
        is_stopping = "true" if job.is_stopping else "false"
        if self.element.props.get("data-stopping") != is_stopping:
            self.element.props["data-stopping"] = is_stopping
        for show in self._shows:
            show(job)
        for button, is_wanted in ((self._cancel, not job.state.is_finished), (self._retry, can_retry(job))):
            if button.visible != is_wanted:
                button.visible = is_wanted


def _age(job: JobSnapshot) -> tuple[int, datetime]:
    return job.version, job.progress.at or job.created_at


def can_retry(job: JobSnapshot) -> bool:
    """Say whether the list offers to run it again; a succeeded one is run again from its page."""
    return job.state in (State.FAILED, State.CANCELLED)


def _act_button(icon: str, label: str, act: Callable[[], Awaitable[None] | None]) -> Element:
    with on_press(box("jd-jobs__act", tag="button"), act) as button:
        button.props["type"] = "button"
        button.props["aria-label"] = label
        button.props["title"] = label.split(" ", 1)[0]
        box("jd-jobs__icon jd-sign", tag="i").props["data-icon"] = icon
    return button
