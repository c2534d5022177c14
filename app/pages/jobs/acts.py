"""What is done with a job from its row or from the start dialog: asked for in a thread; what came of it is said."""

import asyncio
from collections.abc import Mapping
from typing import Any, BinaryIO

from app.db import State
from app.db.files import uploads
from app.db.snapshots.files import Upload
from app.errors import AppError
from app.pages.jobs.reader import reader
from app.pages.widgets.toast import toast
from app.queue import cancel, retry
from app.queue.acts.starting import Started, StartOptions, begin
from app.queue.kinds.kind import Kind


async def cancel_job(job_id: int) -> None:
    """Cancel a job, or ask it to stop."""
    try:
        job = await asyncio.to_thread(cancel, job_id, by=reader())
    except AppError as error:
        toast(error.message, error.hint, tone="error")
    else:
        toast(f"#{job.id} is asked to stop." if job.state is State.RUNNING else f"#{job.id} is cancelled.")


async def retry_job(job_id: int) -> None:
    """Run a job again."""
    try:
        job = await asyncio.to_thread(retry, job_id, by=reader())
    except AppError as error:
        toast(error.message, error.hint, tone="error")
    else:
        toast(f"{job.title} #{job.id} runs again.")


async def start_job(kind: Kind[Any, Any], params: Mapping[str, Any], order: StartOptions) -> None:
    """Start a job and say so.

    Raises:
        AppError: nothing was started.
    """
    _say(await asyncio.to_thread(begin, kind, params, order=order, by=reader()))


async def start_again(job_id: int, params: Mapping[str, Any], order: StartOptions) -> None:
    """Run a job again with other values and say so; the new job takes all else from it, not from `order`.

    Raises:
        AppError: nothing was started.
    """
    _say(Started(job=await asyncio.to_thread(retry, job_id, params=params, by=reader()), is_new=True))


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
    else:
        toast(f"{name} {'will run later' if job.state is State.SCHEDULED else 'is started'}.", link=link)
