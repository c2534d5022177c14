"""How a job runs: kinds, the doors through which jobs are started and stopped, and the worker's side of it.

The only room that knows Dramatiq and Redis (beside `processes`). Authors of jobs import from here; nothing here knows
the web.
"""

from app.queue.context import JobContext, JobError
from app.queue.control import cancel, retry, start
from app.queue.kind import job
from app.queue.registry import registry
from app.queue.run import JobCancelled
from app.queue.values import Secret, UploadedFile

__all__ = [
    "JobCancelled",
    "JobContext",
    "JobError",
    "Secret",
    "UploadedFile",
    "cancel",
    "job",
    "registry",
    "retry",
    "start",
]
