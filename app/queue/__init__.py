"""HOW A JOB RUNS: kinds, the doors through which jobs are started and stopped, and the worker's side of it.

The only room that knows Dramatiq and Redis (beside `processes`). Authors of jobs import from here; nothing here knows
the web.
"""

from app.queue.acts.control import cancel, retry
from app.queue.acts.starting import start as start
from app.queue.acts.starting import start_after
from app.queue.context.context import JobContext, JobError
from app.queue.context.stop import JobCancelled
from app.queue.execution.inline import run_inline
from app.queue.kinds import kind
from app.queue.kinds.declaration import job
from app.queue.kinds.registry import registry
from app.queue.params.field_types import Secret, UploadedFile
from app.queue.params.results.result import Result

__all__ = [
    "JobCancelled",
    "JobContext",
    "JobError",
    "Result",
    "Secret",
    "UploadedFile",
    "cancel",
    "job",
    "registry",
    "retry",
]

kind.bind(start=start_after, run_inline=run_inline)
