"""Acts on many jobs that were asked for in one view: the undo while they wait, and what came of each."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from app.db import JobFilter, JobSnapshot, State
from app.db.queries import jobs
from app.errors import AppError, Unconfirmed
from app.pages.jobs.questions import ask_whether_meant
from app.pages.jobs.reader import reader
from app.pages.time.durations import plural
from app.pages.undo.undo_bar import UndoBar, undo_place
from app.pages.widgets.toast import toast
from app.queue import cancel
from app.queue.acts.bulk import Action, act_on_ids, act_on_matching, fits_any

_DOING: dict[str, str] = {"cancel": "Cancelling", "retry": "Retrying", "delete": "Deleting"}


class BulkActs:
    """What one tab asked for. Event loop only."""

    def __init__(self, none_fits: Mapping[Action, tuple[str, str]]) -> None:
        """Draw the place of the lines with which each act can be undone.

        Args:
            none_fits: what to say of each act where no job is in a state for it, and what one can do.
        """
        self._none_fits = none_fits
        self._acts: dict[int, UndoBar | None] = {}
        self._is_asking = False
        self._place = undo_place()

    async def ask(
        self,
        action: Action,
        chosen: JobFilter | Sequence[int],
        *,
        on_asked: Callable[[], object] = lambda: None,
        confirmed: bool = False,
    ) -> None:
        """Ask for an act on the jobs that match, or on these ids; the person is told where it cannot be.

        Args:
            action: which act.
            chosen: on which jobs.
            on_asked: called when it was asked for.
            confirmed: whether a retry is meant of kinds that want to be confirmed; else the person is asked first.
        """
        if self._is_asking:
            return  # a second click of the same intent
        self._is_asking = True
        try:
            act = await asyncio.to_thread(_ask, action, chosen, confirmed=confirmed)
        except Unconfirmed as unconfirmed:
            again = partial(self.ask, action, chosen, on_asked=on_asked, confirmed=True)
            what = "all matching jobs" if isinstance(chosen, JobFilter) else plural(len(chosen), "job")
            with self._place.client.layout:  # the button may be gone by now
                ask_whether_meant(unconfirmed, act=action.capitalize(), what=what, on_sure=again)
            return
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            return
        finally:
            self._is_asking = False
        if act is None:
            toast(*self._none_fits[action], tone="warning")
            return
        with self._place:
            self._acts[act.id] = UndoBar(say_act(act), begins_at=act.run_at, on_undo=lambda: self._undo(act.id))
        on_asked()

    def on_job(self, job: JobSnapshot) -> None:
        """Follow the acts: each can be undone until it begins, and says what it did."""
        if job.id not in self._acts:
            return
        if job.state is not State.SCHEDULED:
            self._remove_undo(job.id)
        if job.state.is_finished:
            del self._acts[job.id]
            with self._place:
                if job.state is State.SUCCEEDED:
                    toast(say_done(str(job.result)), link=("Open", f"/jobs/{job.id}"))
                elif job.state is State.FAILED and job.error is not None:
                    toast(f"{job.title} failed.", job.error.message, tone="error")

    async def repair(self) -> None:
        """Read again how the acts stand: what was said of them may have been missed."""
        try:
            acts = await asyncio.to_thread(jobs.get_jobs, list(self._acts))
        except AppError:
            return  # the page says that the database is away; it is tried again with the next refresh
        for act in acts:
            self.on_job(act)

    async def _undo(self, act_id: int) -> None:
        try:
            act = await asyncio.to_thread(cancel, act_id, by=reader())
        except AppError as error:
            with self._place:  # the button may be gone by now, and its place with it
                toast(error.message, error.hint, tone="error")
            return
        self._remove_undo(act_id)
        with self._place:
            if act.state is State.CANCELLED:
                toast("Undone: nothing was changed.")
            else:
                toast("It had begun already; it stops at the next job.", f"See job #{act_id}.", tone="warning")

    def _remove_undo(self, act_id: int) -> None:
        bar = self._acts.get(act_id)
        if bar is not None:
            self._acts[act_id] = None
            bar.element.delete()


def say_act(act: JobSnapshot) -> str:
    """Say what a job that acts on many is about to do: "Deleting 120 jobs"."""
    action = str(act.params.get("action", ""))
    ids = act.params.get("ids") or []
    return f"{_DOING.get(action, 'Changing')} {plural(len(ids), 'job') if ids else 'all matching jobs'}"


def say_done(result: str) -> str:
    """Make a sentence of what an act on many jobs gives: "60 retried, 2 were gone already"."""
    number, _, rest = result.partition(" ")
    return f"{number} {'job is' if number == '1' else 'jobs are'} {rest}."


def _ask(action: Action, chosen: JobFilter | Sequence[int], *, confirmed: bool) -> JobSnapshot | None:
    """Ask for an act; None: it would find nothing to act on. Runs in a worker thread."""
    if not fits_any(action, of=chosen):
        return None
    if isinstance(chosen, JobFilter):
        return act_on_matching(action, chosen, confirmed=confirmed, by=reader())
    return act_on_ids(action, chosen, confirmed=confirmed, by=reader())
