"""What is done with a job from its row: it is asked for in a thread, and what came of it is said."""

import asyncio

from app.db import State
from app.errors import AppError
from app.pages.jobs.reader import reader
from app.pages.widgets.toast import toast
from app.queue import cancel, retry


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
