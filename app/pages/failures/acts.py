"""What a person does with the failures of one cause. Each act is asked for at once, and can be undone for a while."""

import asyncio
from collections.abc import Callable
from functools import partial

from nicegui import background_tasks

from app.db import JobSnapshot, State
from app.db.failures.groups import FailureGroup
from app.errors import AppError, Unconfirmed
from app.pages.jobs.acts import carry_out
from app.pages.jobs.questions import ask_whether_meant
from app.pages.jobs.reader import reader
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.undo.undo_bar import UndoBar, remove_later, undo_place
from app.pages.widgets.toast import toast
from app.queue import cancel
from app.queue.acts.follow_up import failures


class FailureActs:
    """Retry, dismiss, take back, and the undo. Event loop only; a page has one."""

    def __init__(self, subscriptions: Subscriptions, *, on_change: Callable[[], object]) -> None:
        """`on_change`: called when something was changed, so that the list is read again."""
        self._on_change = on_change
        self._bars: dict[int, UndoBar] = {}
        self._place = undo_place()
        subscriptions.add(bridge.job_changed, self._on_job)

    async def retry(self, signature: str, *, confirmed: bool = False) -> None:
        """Retry its jobs, in some seconds; where one of them is of a kind that asks, once the person is sure."""
        try:
            act = await carry_out(partial(failures.retry_all, confirmed=confirmed, by=reader()), signature)
        except Unconfirmed as asked:
            again = partial(self.retry, signature, confirmed=True)
            ask_whether_meant(asked, act="Retry", what="the jobs of this failure", on_sure=again)
            return
        if act is None or self._place.is_deleted:
            return
        number = len(act.params["ids"])
        with self._place:
            words = f"Retrying {number:,} job{'s' * (number != 1)}"
            self._bars[act.id] = UndoBar(words, begins_at=act.run_at, on_undo=lambda: self._undo_retry(act.id))

    async def dismiss(self, signature: str) -> None:
        """Want no look at it until it comes again."""
        if await carry_out(partial(failures.dismiss, by=reader()), signature) is None or self._place.is_deleted:
            return
        self._on_change()
        with self._place:
            bar = UndoBar("Dismissed until it comes again", on_undo=lambda: self._undo_dismissal(signature, bar))
        background_tasks.create(remove_later(bar.element), name="undo of a dismissal", context=self._place)

    async def take_back(self, signature: str) -> None:
        """Want a look at it after all."""
        if await carry_out(partial(failures.take_back, by=reader()), signature) is not None:
            toast("It needs a look again.")
            self._on_change()

    def _on_job(self, job: JobSnapshot) -> None:
        """Say what came of an act; it can be undone until it begins."""
        if job.id not in self._bars:
            return
        if job.state is not State.SCHEDULED:
            _remove(self._bars[job.id])
        if job.state.is_finished:
            del self._bars[job.id]
            with self._place:
                if job.state is State.SUCCEEDED:
                    toast(f"{job.title}: {job.result}.", link=("Open", job.links.page))
                elif job.state is State.FAILED and job.error is not None:
                    toast(f"{job.title} failed.", job.error.message, tone="error")

    async def _undo_retry(self, act_id: int) -> None:
        try:
            act = await asyncio.to_thread(cancel, act_id, by=reader())
        except AppError as error:
            with self._place:
                toast(error.message, error.hint, tone="error")
            return
        with self._place:
            if act.state is State.CANCELLED:
                toast("Undone: nothing was changed.")
            else:
                toast("It had begun already; it stops at the next job.", f"See job #{act_id}.", tone="warning")

    async def _undo_dismissal(self, signature: str, bar: UndoBar) -> None:
        _remove(bar)
        found: FailureGroup | None = None
        with self._place:
            found = await carry_out(partial(failures.take_back, by=reader()), signature)
            if found is not None:
                toast("Undone: it needs a look again.")
                self._on_change()


def _remove(bar: UndoBar) -> None:
    if not bar.element.is_deleted:
        bar.element.delete()
