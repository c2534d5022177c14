"""The call of a job's function, in a worker's thread or in a process of its own."""

import os
from typing import TYPE_CHECKING, Any

from app.queue.context import JobContext
from app.queue.params import opened
from app.queue.run import Run

if TYPE_CHECKING:
    from app.queue.kind import Kind


def call_function(kind: "Kind[..., Any]", run: Run) -> None:
    """Run the job's function in this thread; what it returns is kept in the run. Whatever it raises passes.

    A process that the function forked and that comes back from it ends right here: it is a copy of this one, which
    must not decide the job's outcome, nor go on with what this one does next.
    """
    arguments = opened(kind.params_model, run.stored_params)
    process = os.getpid()
    with run.running_here():
        status = 1
        try:
            run.result = kind.function(JobContext(run), **arguments)
            status = 0
        finally:
            if os.getpid() != process:
                os._exit(status)
