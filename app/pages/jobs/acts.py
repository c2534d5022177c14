"""What a person does with a job from its row or from the start dialog. Acts run in threads; toasts say what came of
them.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO, TypeVar

from app.db import JobSnapshot, State
from app.db.files import uploads
from app.db.snapshots.files import Upload
from app.errors import AppError, Unconfirmed
from app.pages.jobs.outcome_toast import tell_outcome
from app.pages.jobs.questions import ask_whether_meant
from app.pages.jobs.reader import reader
from app.pages.widgets.toast import toast
from app.queue import cancel, retry
from app.queue.acts.schedules.changing import run_now
from app.queue.acts.starting import Started, StartOptions, begin
from app.queue.kinds.kind import Kind

T = TypeVar("T")
R = TypeVar("R")
logger = logging.getLogger(__name__)


async def carry_out(verb: Callable[[T], R], subject: T) -> R | None:
    """Ask for a change of a job, a queue or a worker; None when it was refused, which the person has then been told.

    Raises:
        Unconfirmed: the person is to be asked first.
    """
    try:
        return await asyncio.to_thread(verb, subject)
    except Unconfirmed:
        raise
    except AppError as error:
        toast(error.message, " ".join(one.message for one in error.fields) or error.hint, tone="error")
    except Exception:
        logger.exception("An act on %s met an error", subject)
        toast("That did not work.", "The log of the server says why.", tone="error")
    return None


async def cancel_job(job_id: int) -> None:
    """Cancel a job, or ask it to stop."""
    try:
        job = await asyncio.to_thread(cancel, job_id, by=reader())
    except AppError as error:
        toast(error.message, error.hint, tone="error")
    else:
        say_cancelled(job)


def say_started(job: JobSnapshot) -> None:
    """Say that a job is started, and how it ended when it has."""
    tell_outcome(job, f"{job.title} #{job.id} is started.")


def say_cancelled(job: JobSnapshot) -> None:
    """Say what a cancel did: a job that runs is only asked to stop."""
    name = f"{job.title} #{job.id}"
    toast(f"{name} is asked to stop." if job.state is State.RUNNING else f"{name} is cancelled.", place=f"job {job.id}")


async def retry_job(job_id: int, *, confirmed: bool = False) -> None:
    """Run a job again; one of a kind that wants to be confirmed once the person is sure."""
    try:
        job = await asyncio.to_thread(partial(retry, job_id, confirmed=confirmed, by=reader()))
    except Unconfirmed as asked:
        again = partial(retry_job, job_id, confirmed=True)
        ask_whether_meant(asked, act="Retry", what=f"job #{job_id}", on_sure=again)
    except AppError as error:
        toast(error.message, error.hint, tone="error")
    else:
        say_retried(job)


async def run_schedule(
    schedule_id: int, *, title: str, on_started: Callable[[], object] = lambda: None, confirmed: bool = False
) -> None:
    """Start the job of a schedule now; of a kind that wants to be confirmed once the person is sure.

    Args:
        schedule_id: which.
        title: what people call it.
        on_started: called when its job is there.
        confirmed: whether the person is sure.
    """
    try:
        job = await asyncio.to_thread(partial(run_now, schedule_id, confirmed=confirmed, by=reader()))
    except Unconfirmed as asked:
        again = partial(run_schedule, schedule_id, title=title, on_started=on_started, confirmed=True)
        ask_whether_meant(asked, act="Run", what=f"{title} now", on_sure=again)
    except AppError as error:
        toast(error.message, " ".join(one.message for one in error.fields) or error.hint, tone="error")
    else:
        say_started(job)
        on_started()


def say_retried(job: JobSnapshot) -> None:
    """Say that a job runs again, and how it ended when it has."""
    tell_outcome(job, f"{job.title} #{job.id} runs again.")


async def start_job(kind: Kind[Any, Any], params: Mapping[str, Any], order: StartOptions) -> None:
    """Start a job and say so. The dialog has asked the person to confirm it, where the kind wants that.

    Raises:
        AppError: nothing was started.
    """
    _say(await asyncio.to_thread(begin, kind, params, order=order, by=reader(), confirmed=True))


async def start_again(job_id: int, params: Mapping[str, Any], order: StartOptions) -> None:
    """Run a job again with other values and say so; the new job takes all else from it, not from `order`.

    The dialog has asked the person to confirm it, where the kind wants that.

    Raises:
        AppError: nothing was started.
    """
    again = partial(retry, job_id, params=params, confirmed=True, by=reader())
    _say(Started(job=await asyncio.to_thread(again), is_new=True))


async def keep_file(stream: BinaryIO, name: str, max_bytes: int) -> Upload:
    """Keep a file that a person sent.

    Raises:
        AppError: it is longer than `max_bytes`, or cannot be kept.
    """
    return await asyncio.to_thread(uploads.save_upload, stream, name, max_bytes=max_bytes, by=reader())


async def find_file(upload_id: str) -> Upload:
    """Find a file that was sent earlier.

    Raises:
        AppError: it is gone, or cannot be looked up.
    """
    return await asyncio.to_thread(uploads.get_upload, upload_id)


def _say(started: Started) -> None:
    job = started.job
    name, link = f"{job.title} #{job.id}", ("Open", f"/jobs/{job.id}")
    if not started.is_new:
        toast(f"Already there: {name}", "One of its kind like it is not finished yet.", link=link)
    elif job.state is State.SCHEDULED and job.after:
        toast(f"{name} waits for {', '.join(f'#{one}' for one in job.after)}.", link=link)
    elif job.state is State.SCHEDULED:
        toast(f"{name} will run later.", link=link)
    else:
        say_started(job)
