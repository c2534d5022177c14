"""Jobs in rows that stay where they are: one changed job changes the texts of its row, and nothing is built again.

Light rows of plain HTML rather than Quasar's table: a property of that is sent again whole with all rows, and its slot
templates mount their cells anew. On a phone the same rows are drawn as cards (job_table.css).
"""

from collections.abc import Awaitable, Callable, Sequence, Set
from datetime import datetime
from typing import Literal

from nicegui import ui
from nicegui.element import Element

from app.db import FINISHED, JobSnapshot, State
from app.db.queries.jobs import Sort
from app.pages.jobs.one_line import outcome_line, params_line
from app.pages.jobs.reader import close_to_others, seen_params
from app.pages.jobs.state_badge import StateBadge
from app.pages.time.clock import Clock
from app.pages.time.durations import duration
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.pick_box import PickBox
from app.pages.widgets.press import on_press
from app.rights import Act as RightTo

Act = Callable[[int], Awaitable[None] | None]
When = Literal["started", "ended"]
"""Which time of a job its row tells."""

# A click in a row opens the job, unless it was on a link, a button or a checkbox, or ended the selection of some text.
_OPEN_CLICK = """(event) => {
  if (!event.target.closest("a, button, label") && !event.metaKey && !event.ctrlKey && !String(getSelection())) emit();
}"""
_OPEN_KEY = "(event) => { if (event.key === 'Enter' && event.target === event.currentTarget) emit(); }"

# (heading, column of the sort, class)
_TIMES: dict[When, tuple[str, str | None, str]] = {
    "started": ("Started", "started_at", "when"),
    "ended": ("Ended", "finished_at", "when"),
}
_BEFORE: tuple[tuple[str, str | None, str], ...] = (
    ("Job", "id", "job"),
    ("State", None, "state"),
    ("Outcome", None, "outcome"),
    ("Params", None, "params"),
)
_AFTER: tuple[tuple[str, str | None, str], ...] = (
    ("Waited", None, "waited"),
    ("Took", "run_seconds", "took"),
    ("By", None, "by"),
)


class JobTable:
    """The table. Event loop only; it knows no database: rows are handed in, acts are reported."""

    def __init__(
        self,
        *,
        on_open: Act,
        on_cancel: Act,
        on_retry: Act,
        when: When = "started",
        on_sort: Callable[[Sort], Awaitable[None] | None] | None = None,
        on_leave: Callable[[], Awaitable[None] | None] | None = None,
        on_pick: Callable[[int, bool, bool], object] | None = None,
        on_pick_all: Callable[[bool], object] | None = None,
    ) -> None:
        """Draw the head.

        Args:
            on_open, on_cancel, on_retry: called with the job's id.
            when: which time the rows tell.
            on_sort: called with the order a head was clicked for; None: the order is fixed.
            on_leave: called when the pointer has left the rows.
            on_pick: called with the id of a row, whether it is selected now, and whether Shift was held; None: rows
                cannot be selected.
            on_pick_all: called with whether all rows are selected now.
        """
        self._acts = (on_open, on_cancel, on_retry)
        self._when: When = when
        self._on_sort = on_sort
        self._on_pick = on_pick
        self._pick_all: PickBox | None = None
        self._picked: Set[int] = frozenset()
        self._rows: dict[int, JobRow] = {}
        self._heads: dict[str, Element] = {}
        self.is_hovered = False
        self.focused: int | None = None
        with box("jd-jobs", tag="table") as self.element:
            self.element.props["role"] = "table"
            with box(tag="thead"), box(tag="tr") as head:
                head.props["role"] = "row"
                if on_pick_all is not None:
                    self.element.classes("jd-jobs--pickable")
                    with box("jd-jobs__pick", tag="th") as cell:
                        cell.props["role"] = "columnheader"
                        choose = lambda is_picked, _is_range: on_pick_all(is_picked)  # noqa: E731  # for one caller
                        self._pick_all = PickBox(label="Select this page", name="select-page", on_pick=choose)
                for heading, column, name in (*_BEFORE, _TIMES[when], *_AFTER):
                    self._draw_head(heading, column if on_sort else None, name)
                with box("jd-jobs__acts", tag="th") as acts:
                    acts.props["role"] = "columnheader"
                    Text("span", "Acts", classes="jd-hidden")
            self._body = name_for_tests(box(tag="tbody"), "job-rows")
        self._body.on("mouseenter", lambda: self._hover(None, True), [])
        self._body.on("mouseleave", lambda: self._hover(on_leave, False), [])

    def _draw_head(self, heading: str, column: str | None, name: str) -> None:
        with box(f"jd-jobs__{name}", tag="th") as cell:
            cell.props["role"] = "columnheader"
            cell.props["scope"] = "col"
            if column is None:
                Text("span", heading)
                return
            button = Text("button", heading, classes="jd-jobs__sort").on("click", lambda: self._sort_by(column), [])
            button.props["type"] = "button"
            name_for_tests(button, f"sort-{column}")
            self._heads[column] = cell

    def _sort_by(self, column: str) -> Awaitable[None] | None:
        assert self._on_sort is not None
        is_descending = self._heads[column].props.get("aria-sort") != "descending"
        sort: Sort = f"{'-' if is_descending else ''}{column}"  # type: ignore[assignment]  # columns are those of Sort
        return self._on_sort(sort)

    def _hover(self, then: Callable[[], Awaitable[None] | None] | None, is_hovered: bool) -> Awaitable[None] | None:
        self.is_hovered = is_hovered
        return then() if then is not None else None

    def show_sort(self, sort: Sort) -> None:
        """Mark the column that the rows are sorted by."""
        for column, cell in self._heads.items():
            wanted = "none" if sort.lstrip("-") != column else "descending" if sort.startswith("-") else "ascending"
            if cell.props.get("aria-sort") != wanted:
                cell.props["aria-sort"] = wanted

    def show_busy(self, *, is_busy: bool) -> None:
        """Dim the rows while others are read that were asked for in their place."""
        if self.element.props.get("aria-busy") != (wanted := "true" if is_busy else "false"):
            self.element.props["aria-busy"] = wanted

    def set_rows(self, jobs: Sequence[JobSnapshot]) -> None:
        """Show these jobs in this order; rows that are there already stay and are only brought up to date."""
        wanted = {job.id for job in jobs}
        for job_id in [job_id for job_id in self._rows if job_id not in wanted]:
            self._rows.pop(job_id).element.delete()
        for place, job in enumerate(jobs):
            row = self._rows.get(job.id)
            if row is None:
                with self._body:
                    row = JobRow(job, self._acts, when=self._when, on_focus=self._set_focused, on_pick=self._on_pick)
                self._rows[job.id] = row
                row.show_picked(is_picked=job.id in self._picked)
            else:
                row.update(job)
            if self._body.default_slot.children[place] is not row.element:
                row.element.move(target_index=place)

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
        *,
        when: When,
        on_focus: Callable[[int], None],
        on_pick: Callable[[int, bool, bool], object] | None,
    ) -> None:
        """Draw the row; `acts`: open, cancel, retry; `on_pick`: None where rows cannot be selected."""
        on_open, on_cancel, on_retry = acts
        self.job = job
        self._when: When = when
        self._pick: PickBox | None = None
        with box("jd-jobs__row", tag="tr") as self.element:
            self.element.props["role"] = "row"
            self.element.props["tabindex"] = 0
            name_for_tests(self.element, f"job-row-{job.id}")
            self.element.on("click", lambda: on_open(job.id), [], js_handler=_OPEN_CLICK)
            self.element.on("keydown", lambda: on_open(job.id), [], js_handler=_OPEN_KEY)
            self.element.on("focus", lambda: on_focus(job.id), [])
            if on_pick is not None:
                self._draw_pick(job, on_pick)
            self._draw_cells(job)
            with _cell("acts"):
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

        with _cell("pick"):
            self._pick = PickBox(label=f"Select {job.title} #{job.id}", name=f"select-{job.id}", on_pick=pick)

    def show_picked(self, *, is_picked: bool) -> None:
        """Mark the row as selected or not."""
        if self._pick is None:
            return
        self._pick.show(is_picked=is_picked)
        selected = "true" if is_picked else "false"
        if self.element.props.get("data-picked", "false") != selected:
            self.element.props["data-picked"] = selected

    def _draw_cells(self, job: JobSnapshot) -> None:
        with _cell("job"):
            with ui.link(target=f"/jobs/{job.id}").classes(replace="jd-jobs__link"):
                Text("span", job.title, classes="jd-jobs__title")
                Text("span", f"#{job.id}", classes="jd-id")
        with _cell("state"):
            self._state = StateBadge(job.state, job_id=job.id).mark(f"state-{job.id}")
        with _cell("outcome"):
            self._outcome = Text("span", classes="jd-jobs__line")
        with _cell("params"):
            self._params = Text("span", classes="jd-jobs__line")
        with _cell("when"):
            self._what_then = Text("span")
            self._at = Clock(None)
        with _cell("waited"):
            self._waited = LiveDuration()
        with _cell("took"):
            self._took = LiveDuration()
        with _cell("by"):
            _draw_by(job)

    def update(self, job: JobSnapshot) -> None:
        """Show a newer snapshot of the same job."""
        if _age(job) < _age(self.job):
            return
        self.job = job
        self._show(job)

    def _show(self, job: JobSnapshot) -> None:
        self._state.state = job.state
        is_stopping = "true" if job.is_stopping else "false"
        if self.element.props.get("data-stopping") != is_stopping:
            self.element.props["data-stopping"] = is_stopping
            self._state.text = "Stopping" if job.is_stopping else self._state.text
        self._outcome.classes(**{"add" if job.state is State.FAILED else "remove": "jd-jobs__line--error"})
        for shown, line in ((self._outcome, outcome_line(job)), (self._params, params_line(seen_params(job)))):
            if shown.text != line:
                shown.text = line
                shown.props["title"] = line
        what, at = time_of(job, self._when)
        self._what_then.set_text(what)
        self._at.set_time(at)
        is_waiting = job.state in (State.QUEUED, State.SCHEDULED, State.RETRYING)
        self._waited.show(job.wait_seconds, since=waits_since(job) if is_waiting else None)
        took = job.run_seconds if job.state in FINISHED else None
        self._took.show(took, since=job.started_at if job.state is State.RUNNING else None)
        for button, is_wanted in ((self._cancel, not job.state.is_finished), (self._retry, can_retry(job))):
            if button.visible != is_wanted:
                button.visible = is_wanted


class LiveDuration:
    """A duration that stands, or that ticks in the browser while it goes on."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._text = Text("span")
        self._place = box(tag="span")
        self._clock: Clock | None = None

    def show(self, seconds: float | None, *, since: datetime | None = None) -> None:
        """Show the time since an instant, else `seconds`."""
        if self._text.text != (text := duration(seconds) if since is None else ""):
            self._text.text = text
        if since is not None and self._clock is None:
            with self._place:
                self._clock = Clock(since, mode="duration")
        elif since is not None and self._clock is not None:
            self._clock.set_time(since)
        elif self._clock is not None:
            self._clock.delete()
            self._clock = None


def time_of(job: JobSnapshot, when: When) -> tuple[str, datetime | None]:
    """Return the time that a row tells, and the word before it where it is another than the column is named for."""
    if when == "ended":
        return "", job.finished_at
    if job.started_at is not None:
        return "", job.started_at
    if job.state is State.SCHEDULED and job.run_at is not None:
        return "", job.run_at
    return ("ended ", job.finished_at) if job.finished_at is not None else ("created ", job.created_at)


def waits_since(job: JobSnapshot) -> datetime | None:
    """Return since when a queued job waits; None where it waits for a time and not for a worker."""
    return max(job.created_at, job.run_at or job.created_at) if job.state is State.QUEUED else None


def _age(job: JobSnapshot) -> tuple[int, datetime]:
    return job.version, job.progress.at or job.created_at


def can_retry(job: JobSnapshot) -> bool:
    """Say whether the list offers to run it again; a succeeded one is run again from its page."""
    return job.state in (State.FAILED, State.CANCELLED)


def _cell(name: str) -> Element:
    cell = box(f"jd-jobs__{name}", tag="td")
    cell.props["role"] = "cell"
    return cell


def _draw_by(job: JobSnapshot) -> None:
    if job.parent_id is None:
        Text("span", job.created_by, classes="jd-jobs__line").props["title"] = job.created_by
        return
    parent = ui.link(f"#{job.parent_id}", f"/jobs/{job.parent_id}").classes(replace="jd-link jd-id")
    parent.props["title"] = parent.props["aria-label"] = f"Started by job #{job.parent_id}"


def _act_button(icon: str, label: str, act: Callable[[], Awaitable[None] | None]) -> Element:
    with on_press(box("jd-jobs__act", tag="button"), act) as button:
        button.props["type"] = "button"
        button.props["aria-label"] = label
        button.props["title"] = label.split(" ", 1)[0]
        box("jd-jobs__icon jd-sign", tag="i").props["data-icon"] = icon
    return button
