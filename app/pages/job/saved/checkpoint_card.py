"""The card of what a job saved: the value, and the two ways to run a failed or cancelled job again."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.db import JobSnapshot, State
from app.db.snapshots.parts import Checkpoint
from app.pages.jobs.reader import close_to_others
from app.pages.previews.result_view import pretty
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Panel, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.press import on_press
from app.rights import Act

Retry = Callable[[], Awaitable[None]]
_GO_ON = "Its next attempt is given this value; children that it started once are not started again."
_ANEW = "Its next attempt begins without it: this value, and which children it started once, are forgotten."


class CheckpointCard:
    """Takes no room while the job has saved nothing, and where it has succeeded. Event loop only."""

    def __init__(self, job_id: int, *, on_retry: Retry, on_anew: Retry) -> None:
        """Draw nothing to be seen yet.

        Args:
            job_id: whose it is.
            on_retry: runs the job again from where it was.
            on_anew: runs it again from its beginning.
        """
        self._shown: Checkpoint | None = None
        with name_for_tests(Panel("jd-panel"), f"checkpoint-{job_id}") as self._card:
            with panel_head("Saved for the next attempt"):
                pass
            self._value = box("jd-saved")
            with box("jd-saved__acts") as self._acts:
                self._draw_act(f"go-on-{job_id}", "Go on from here", on_retry, words=_GO_ON)
                self._draw_act(f"anew-{job_id}", "Start anew", on_anew, words=_ANEW)
        self._card.visible = False

    def show(self, job: JobSnapshot, checkpoint: Checkpoint | None) -> None:
        """Show it as it is now; the value is drawn anew only where it changed."""
        is_wanted = checkpoint is not None and job.state is not State.SUCCEEDED
        if self._card.visible != is_wanted:
            self._card.visible = is_wanted
        can_run_again = job.state in (State.FAILED, State.CANCELLED)
        if self._acts.visible != can_run_again:
            self._acts.visible = can_run_again
        if checkpoint is None or checkpoint == self._shown:
            return
        self._shown = checkpoint
        self._value.clear()
        with self._value:
            with box("jd-saved__when"):
                Text("span", f"By attempt {checkpoint.attempt}, ")
                Clock(checkpoint.at)
            Text("pre", pretty(checkpoint.value), classes="jd-pre")

    def _draw_act(self, name: str, label: str, act: Retry, *, words: str) -> None:
        button = on_press(ui.button(label, color=None), act).props("unelevated no-caps")
        button.classes("jd-button jd-button--secondary")
        button.props["title"] = words  # who may not, reads why instead
        close_to_others(name_for_tests(button, name), Act.RETRY)
