"""The keys that act on the row of a table of jobs that has the focus: j, k, x, c, r."""

from collections.abc import Callable

from nicegui import background_tasks, ui
from nicegui.element import Element
from nicegui.events import KeyEventArguments

from app.db import JobSnapshot
from app.pages.jobs.acts import cancel_job, retry_job
from app.pages.jobs.job_table import JobTable, can_retry
from app.pages.widgets.toast import toast


class RowKeys:
    """Listens to the keys of one tab. Event loop only."""

    def __init__(self, table: JobTable, *, on_toggle: Callable[[int], None], page: Element) -> None:
        """Listen.

        Args:
            table: whose rows.
            on_toggle: called with the id of the job to select, or to select no more.
            page: an element of the page, where what came of an act is said.
        """
        self._table, self._on_toggle, self._page = table, on_toggle, page
        ui.keyboard(self._on_key, repeating=True)

    def _on_key(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.meta or event.modifiers.alt:
            return
        key = event.key.name
        if key in ("j", "k"):
            self._table.focus_next(1 if key == "j" else -1)
            return
        job = self._table.job(self._table.focused or 0)
        if job is None or event.action.repeat:
            return
        if key == "x":
            self._on_toggle(job.id)
        elif key in ("c", "r"):
            self._act(key, job)

    def _act(self, key: str, job: JobSnapshot) -> None:
        if key == "c" and job.state.is_finished:
            toast(f"#{job.id} is finished: there is nothing to cancel.", tone="warning")
        elif key == "r" and not can_retry(job):
            toast(f"#{job.id} is {job.state}: only a failed or cancelled job can be retried here.", tone="warning")
        else:
            act = cancel_job(job.id) if key == "c" else retry_job(job.id)
            background_tasks.create(act, name="act on a row", context=self._page)
