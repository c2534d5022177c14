"""What a person does with one job from its page. Each act runs in a thread, and the page says what goes wrong."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db import JobSnapshot
from app.db.queries.jobs import earlier_run
from app.db.snapshots.notice import NoticeEvent
from app.errors import AppError, Unconfirmed
from app.pages.job.approval.panel import Word
from app.pages.job.head import HeadAct
from app.pages.jobs.acts import find_file, keep_file, say_cancelled, say_retried, start_again
from app.pages.jobs.questions import ask_before_delete, ask_before_force, ask_whether_meant
from app.pages.jobs.reader import reader, refuse_act
from app.pages.jobs.refusals import (
    refuse_cancel,
    refuse_delete,
    refuse_force,
    refuse_handled,
    refuse_retry,
    refuse_unhandled,
)
from app.pages.start.dialog import open_start_dialog
from app.pages.start.following.then import ask_what_follows, refuse_follower
from app.pages.undo.undo_bar import UndoBar, remove_later, undo_place
from app.pages.widgets.toast import toast
from app.queue import cancel, registry, retry
from app.queue.acts import control, notices
from app.queue.acts.control import delete
from app.queue.acts.follow_up import failures
from app.queue.acts.notices import MAX_NAME_LENGTH, Wish
from app.rights import Act

T = TypeVar("T")
#: The earlier jobs that one can be held beside: the act, its words, and whether only those that succeeded count.
_COMPARISONS = (
    ("compare-before", "Compare with the run before", False),
    ("compare-success", "Compare with the last success", True),
)


class JobActs:
    """Cancel, force stop, retry, edit and delete one job. Event loop only."""

    def __init__(
        self,
        job: Callable[[], JobSnapshot],
        *,
        page: Element,
        has_files: Callable[[], bool],
        on_change: Callable[[JobSnapshot], None],
        on_refusal: Callable[[], None],
    ) -> None:
        """Draw nothing.

        Args:
            job: returns the job as the page knows it now.
            page: an element of the page, for its browser tab.
            has_files: whether the job has files that a deletion would take along.
            on_change: called with the job as an act left it.
            on_refusal: called when an act was refused, which the person has then been told: the page may be old.
        """
        self._job, self._page, self._has_files = job, page, has_files
        self._on_change, self._on_refusal = on_change, on_refusal
        self._id = job().id
        self._is_leaving = False

    def of_head(self) -> list[HeadAct]:
        """Return the acts of the head, in their order: cancel, then force stop, then retry has the button."""
        delete_it = HeadAct(
            name="delete",
            label="Delete",
            icon="delete_outline",
            act=self._ask_to_delete,
            refusal=_of_role(Act.DELETE, refuse_delete),
            is_dangerous=True,
        )
        compare = [
            HeadAct(
                name=name,
                label=label,
                icon="table_chart",
                act=partial(self._compare, is_success=is_success),
                refusal=lambda _: None,
            )
            for name, label, is_success in _COMPARISONS
        ]
        return [*self._of_its_run(), *compare, *self._of_its_end(), delete_it]

    def _of_its_run(self) -> list[HeadAct]:
        return [
            HeadAct(
                name="cancel",
                label="Cancel",
                icon="close",
                act=self._cancel,
                refusal=_of_role(Act.CANCEL, refuse_cancel),
                is_first=lambda job: not (job.state.is_finished or job.is_stopping),
            ),
            HeadAct(
                name="force",
                label="Force stop",
                icon="front_hand",
                act=self._ask_to_force,
                refusal=_of_role(Act.CANCEL, refuse_force),
                is_dangerous=True,
                is_first=lambda job: job.is_stopping,
                comes_late=True,
            ),
            HeadAct(
                name="retry",
                label="Retry",
                icon="replay",
                act=self.retry,
                refusal=_of_role(Act.RETRY, refuse_retry),
                is_first=lambda job: job.state.is_finished,
            ),
            HeadAct(
                name="edit",
                label="Retry with edits",
                icon="tune",
                act=self._edit,
                refusal=_of_role(Act.RETRY, refuse_retry),
            ),
        ]

    def _of_its_end(self) -> list[HeadAct]:
        return [
            HeadAct(
                name="then-start",
                label="Then start…",
                icon="add",
                act=lambda: ask_what_follows(self._id, self._job().title),
                refusal=_of_role(Act.START, refuse_follower),
            ),
            HeadAct(
                name="tell",
                label="Tell me when it ends",
                icon="notifications",
                act=self._tell,
                refusal=_of_role(Act.NOTICES, _refuse_tell),
            ),
            HeadAct(
                name="handled",
                label="Mark as handled",
                icon="check_circle",
                act=self._handle,
                refusal=_of_role(Act.FAILURES, refuse_handled),
            ),
            HeadAct(
                name="unhandled",
                label="Not handled after all",
                icon="undo",
                act=self._reopen,
                refusal=_of_role(Act.FAILURES, refuse_unhandled),
            ),
        ]

    async def _cancel(self) -> None:
        job = await self._do(lambda: cancel(self._id, by=reader()))
        if job is not None:
            say_cancelled(job)

    def _ask_to_force(self) -> None:
        ask_before_force(self._id, on_sure=self._force)

    async def _force(self) -> None:
        if await self._do(lambda: cancel(self._id, by=reader(), is_forced=True)) is not None:
            toast(f"#{self._id} is stopped by force.")

    async def retry(self) -> None:
        """Run it again, a failed or cancelled job from where it saved it was."""
        await self._run_again(is_anew=False)

    async def retry_anew(self) -> None:
        """Run a failed or cancelled job again from its beginning."""
        await self._run_again(is_anew=True)

    async def _run_again(self, *, is_anew: bool, confirmed: bool = False) -> None:
        if self._is_leaving:
            return
        try:
            job = await self._do(lambda: retry(self._id, is_anew=is_anew, confirmed=confirmed, by=reader()))
        except Unconfirmed as asked:
            again, name = partial(self._run_again, is_anew=is_anew, confirmed=True), f"{self._job().title} #{self._id}"
            ask_whether_meant(asked, act="Retry", what=name, on_sure=again)
            return
        if job is None:
            return
        say_retried(job)
        if job.id == self._id:
            self._on_change(job)  # now, so that it cannot be retried once more before the news of it is here
        else:
            self._is_leaving = True
            ui.navigate.to(f"/jobs/{job.id}")

    async def _handle(self) -> None:
        job = await self._do(lambda: failures.handle(self._id, by=reader()))
        if job is None or self._page.is_deleted:
            return
        self._on_change(job)
        with self._page, undo_place() as place:
            UndoBar("Marked as handled", on_undo=self._reopen)
        background_tasks.create(remove_later(place), name="undo of handled", context=self._page)

    async def _reopen(self) -> None:
        job = await self._do(lambda: failures.reopen(self._id, by=reader()))
        if job is not None:
            self._on_change(job)
            with self._page.client:  # the button may be gone by now
                toast(f"#{self._id} is not handled.")

    async def say_word(self, word: Word, reason: str) -> None:
        """Agree to the job, or refuse it."""
        act = control.approve if word == "approve" else control.refuse
        job = await self._do(lambda: act(self._id, words=reason, by=reader()))
        if job is not None:
            self._on_change(job)
            with self._page.client:
                toast(f"#{self._id} is {'approved' if word == 'approve' else 'refused'}.")

    async def write_note(self, text: str) -> bool:
        """Keep a note; False: it was refused, which the person has then been told."""
        job = await self._do(lambda: failures.add_note(self._id, text, by=reader()))
        if job is not None:
            self._on_change(job)
            toast("The note is kept.")
        return job is not None

    async def _edit(self) -> None:
        job = self._job()
        await open_start_dialog(
            registry.get(job.kind),
            on_start=partial(start_again, job.id),
            keep_file=keep_file,
            find_file=find_file,
            initial=job.params,
            retry_of=job.id,
        )

    async def _compare(self, *, is_success: bool) -> None:
        """Go to the page that holds this job beside an earlier one of its kind, or of which it is the repetition."""
        job = self._job()
        found = await self._do(lambda: (earlier_run(job, is_success=is_success),))
        if found is None:
            return
        if found[0] is not None:
            ui.navigate.to(f"/jobs/{found[0]}/compare/{job.id}")
        else:
            what = "No earlier job of this kind succeeded." if is_success else "No job of this kind ran before."
            toast(what, tone="warning")

    async def _tell(self) -> None:
        job = self._job()
        wish: Wish = {
            "name": f"{job.title} #{job.id}"[:MAX_NAME_LENGTH],
            "job_id": job.id,
            "events": (NoticeEvent.FINISHED,),
            "to": {"desktop": True},
        }
        if await self._do(lambda: notices.create(wish, by=reader())) is not None:
            ui.run_javascript(_ASK_PERMISSION)
            toast(f"The open tabs say so when #{job.id} ends.", link=("Notices", "/settings/notices"))

    def _ask_to_delete(self) -> None:
        ask_before_delete(self._job(), has_files=self._has_files(), on_sure=self._delete)

    async def _delete(self) -> None:
        client = self._page.client
        if await self._do(lambda: _deleted(self._id)):
            with client:
                toast(f"Job #{self._id} is deleted.")
                ui.navigate.to("/history")

    async def _do(self, act: Callable[[], T]) -> T | None:
        """Run an act in a thread. Returns what it returned; None when it was refused, which the person is told.

        Raises:
            Unconfirmed: the person is to be asked first.
        """
        try:
            return await asyncio.to_thread(act)
        except Unconfirmed:
            raise
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            self._on_refusal()
            return None


def _of_role(act: Act, refuse: Callable[[JobSnapshot], str | None]) -> Callable[[JobSnapshot], str | None]:
    """Return what refuses whom an act is not for, whatever the job, and else as `refuse` does."""
    not_for_them = refuse_act(act)  # now: what is heard later is heard in the name of nobody
    return refuse if not_for_them is None else lambda _: not_for_them


_ASK_PERMISSION = """if ("Notification" in window && Notification.permission === "default") {
    Notification.requestPermission();
}"""


def _refuse_tell(job: JobSnapshot) -> str | None:
    return "It has ended." if job.state.is_finished else None


def _deleted(job_id: int) -> bool:
    delete(job_id, by=reader())
    return True
