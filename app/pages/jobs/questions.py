"""The questions before a job is deleted or stopped by force, and before dangerous ones run again: what may be lost.

And the one for how long something is paused (`pause_dialog.py`).
"""

from collections.abc import Awaitable, Callable, Mapping

from app.db import JobSnapshot
from app.errors import Unconfirmed
from app.pages.jobs.one_line import shortened
from app.pages.jobs.pause_dialog import OnPause, PauseDialog
from app.pages.jobs.state_badge import say_state
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.widgets.dialog import ask_first
from app.pages.widgets.toast import toast
from app.queue.params.params import value_text

_LOSS = (
    "It is interrupted where it is, or its process is killed at once. What it has not saved is lost, and what it was "
    "writing may stay half done."
)


def ask_before_force(job_id: int, *, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Ask, and name what may be lost. If the job stops before the person answers, the question closes and a toast
    says so.
    """
    dialog = ask_first(f"Stop job #{job_id} by force?", _LOSS, act="Force stop", on_sure=on_sure, keep="Wait")
    if dialog.is_deleted:
        return

    def follow(job: JobSnapshot) -> None:
        if job.id == job_id and not job.is_stopping and dialog.value:
            dialog.close()
            toast(f"{job.title} #{job_id} has stopped meanwhile: {say_state(job.state)}.")

    with dialog:
        Subscriptions().add(bridge.job_changed, follow)


def ask_before_delete(job: JobSnapshot, *, has_files: bool, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Ask, and name what is lost. `on_sure` is called when the person wants it all the same."""
    lost = ["The job", "its log"]
    if has_files:
        lost.append("its files")
    if job.result is not None:
        lost.append("its result")
    listed = f"{', '.join(lost[:-1])} and {lost[-1]}"
    ask_first(f"Delete {job.title} #{job.id}?", f"{listed} are lost for good.", act="Delete", on_sure=on_sure)


def ask_whether_meant(
    asked: Unconfirmed, *, act: str, what: str, on_sure: Callable[[], Awaitable[None] | None]
) -> None:
    """Ask what a kind wants to be asked, with the params that the job would have.

    Args:
        asked: why nothing was done so far.
        act: the verb on the button.
        what: to what it is done, as "Empty a table #12".
        on_sure: called when it is meant.
    """
    sentences = list(dict.fromkeys(asked.said.values()))
    if not asked.params:  # of several kinds perhaps, whose jobs are not named
        sentences = [f"{title}: {sentence}" for title, sentence in asked.said.items()]
    values = {name: shortened(value_text(value)) for name, value in asked.params.items() if value is not None}
    ask_first(f"{act} {what}?", " ".join(sentences), act=act, on_sure=on_sure, keep="Leave it", values=values)


def ask_pause(
    title: str, sentence: str, *, lengths: Mapping[int | None, str], max_reason_length: int, on_pause: OnPause
) -> None:
    """Ask for how long, and why; the arguments are those of `PauseDialog`."""
    PauseDialog(title, sentence, lengths=lengths, max_reason_length=max_reason_length, on_pause=on_pause).open()
