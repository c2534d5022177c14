"""What is said of a job that was started or retried in this tab: that it runs, and in the same place how it ended."""

import asyncio

from nicegui import background_tasks, ui

from app.db import JobSnapshot, State
from app.db.queries import jobs
from app.errors import AppError
from app.pages.jobs.state_badge import say_state
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.widgets.toast import toast


def tell_outcome(job: JobSnapshot, sentence: str) -> None:
    """Say a sentence about a job now, and how it ended when it has, on whatever page the tab shows then."""
    toast(sentence, link=_link(job), place=_place(job))
    layout = ui.context.client.layout
    with layout:
        heard = Subscriptions()

    def look(changed: JobSnapshot) -> None:
        if changed.id != job.id or not changed.state.is_finished or heard.is_deleted:
            return
        heard.delete()
        with layout:
            _say_end(changed)

    async def look_once() -> None:
        try:
            look(await asyncio.to_thread(jobs.get_job, job.id))
        except AppError:
            return  # the event of its end comes through this subscription

    heard.add(bridge.job_changed, look)
    # It may have ended before anybody listened.
    background_tasks.create(look_once(), name="outcome of a start", context=layout)


def _say_end(job: JobSnapshot) -> None:
    name = f"{job.title} #{job.id}"
    if job.state is State.FAILED:
        why = job.error.message if job.error is not None else None
        toast(f"{name} failed.", why, tone="error", link=_link(job), place=_place(job))
    elif job.state is State.SUCCEEDED:
        toast(f"{name} succeeded.", link=_link(job), place=_place(job))
    else:
        toast(f"{name} was {say_state(job.state)}.", tone="warning", link=_link(job), place=_place(job))


def _link(job: JobSnapshot) -> tuple[str, str]:
    return "Open", f"/jobs/{job.id}"


def _place(job: JobSnapshot) -> str:
    return f"job {job.id}"
