"""Agree or refuse: a field for a reason and two buttons, on the page of a job that waits for a second person."""

from collections.abc import Awaitable, Callable
from typing import Literal

from nicegui import ui

from app.actor import LOCAL
from app.db import JobSnapshot, State
from app.pages.jobs.reader import close_to_others, reader
from app.pages.widgets.markup import box, name_for_tests
from app.pages.widgets.press import on_press
from app.rights import Act

Word = Literal["approve", "refuse"]


class ApprovalPanel:
    """Below what the job waits for, as long as nobody has agreed. Event loop only; it knows no database."""

    def __init__(self, job: JobSnapshot, *, on_word: Callable[[Word, str], Awaitable[None]]) -> None:
        """`on_word`: called with what a person decided and why."""
        self._on_word = on_word
        with name_for_tests(box("jd-approval"), f"approval-{job.id}") as self._place:
            self._reason = ui.input(placeholder="Why (others read it)").props("outlined dense maxlength=500")
            self._reason.props["aria-label"] = "Why you agree or refuse"
            name_for_tests(self._reason, f"approval-reason-{job.id}")
            approve = self._draw_button(job, "approve", "Approve", icon="check", look="primary")
            if reader().account == job.created_by.partition("/")[0] != LOCAL:
                approve.disable()
                approve.props["title"] = "You asked for it: somebody else has to agree."
            self._draw_button(job, "refuse", "Refuse", icon="block", look="secondary")
        self.show(job)

    def show(self, job: JobSnapshot) -> None:
        """Follow a newer snapshot."""
        self._place.set_visibility(job.state is State.SCHEDULED and job.is_unapproved)

    def _draw_button(self, job: JobSnapshot, word: Word, label: str, *, icon: str, look: str) -> ui.button:
        async def press() -> None:
            await self._on_word(word, self._reason.value or "")

        button = on_press(ui.button(label, icon=icon, color=None), press).props("unelevated no-caps")
        name_for_tests(button.classes(f"jd-button jd-button--{look}"), f"{word}-{job.id}")
        close_to_others(button, Act.APPROVE, requires=job.approve)
        return button
