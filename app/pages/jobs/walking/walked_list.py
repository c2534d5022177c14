"""The list of jobs that a person last looked at in a tab, and the keys that go on in it on the page of a job: j, k."""

import asyncio

from nicegui import background_tasks, ui
from nicegui.element import Element
from nicegui.events import KeyEventArguments

from app.db import JobFilter
from app.db.queries import jobs
from app.db.queries.jobs import Sort
from app.errors import AppError
from app.pages.widgets.toast import toast

_KEY = "list of jobs"


def note_list(which: JobFilter, sort: Sort, *, page: Element) -> None:
    """Remember what is listed in the tab of a page, whatever was pressed: that may be gone by now."""
    page.client.storage[_KEY] = (which, sort)


class WalkKeys:
    """Listens to `j` and `k` on the page of a job. Event loop only."""

    def __init__(self, job_id: int, *, page: Element) -> None:
        """Listen; `page`: nothing is done any more when it was deleted."""
        self._job_id, self._page = job_id, page
        self._is_going = False
        ui.keyboard(self._on_key)

    def _on_key(self, event: KeyEventArguments) -> None:
        key, with_others = event.key.name, event.modifiers
        if not event.action.keydown or with_others.ctrl or with_others.meta or with_others.alt or key not in ("j", "k"):
            return
        if not self._is_going:
            self._is_going = True
            walk = self._go(1 if key == "j" else -1)
            background_tasks.create(walk, name="next job of the list", context=self._page)

    async def _go(self, step: int) -> None:
        which, sort = self._page.client.storage.get(_KEY, (JobFilter(), "-id"))
        try:
            job = await asyncio.to_thread(jobs.get_job, self._job_id)
            found = await asyncio.to_thread(jobs.neighbour, which, job, sort=sort, step=step)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            found = self._job_id
        if self._page.is_deleted:
            return
        if found is None:
            toast("That was the last one of the list." if step > 0 else "That was the first one of the list.")
        elif found != self._job_id:
            ui.navigate.to(f"/jobs/{found}")
        self._is_going = False
