"""The call of a job's function, in a worker's thread or in a process of its own."""

import contextvars
import decimal
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.queue.context.context import JobContext, JobError
from app.queue.context.log_capture import captured_by
from app.queue.context.run import Run
from app.queue.execution import checkpoints
from app.queue.execution.children import Children, once_there
from app.queue.execution.outcome import kept
from app.queue.execution.process_settings import PutBackAfterwards
from app.queue.kinds.kind import Kind
from app.queue.params.checked import opened
from app.queue.params.path_roots import own_paths, unfit_paths
from app.telemetry.trace_context import current, read_traceparent

T = TypeVar("T")


def call_function(kind: Kind[..., Any], run: Run) -> None:
    """Run the job's function in this thread; what it returns is kept in the run. Whatever it raises passes.

    What it returns is written as JSON here, as a part of the run: where that is work (a `map`, a generator), the time
    limit and a stop count for it. What the function sets for the thread (`decimal`'s precision, any context variable)
    and for the process is put back when it has ended.

    A process that the function forked and that comes back from it ends right here: it is a copy of this one, which
    must not decide the job's outcome, nor go on with what this one does next.
    """
    arguments = opened(kind.params_model, run.stored_params)
    _refuse_paths(kind, arguments)
    process = os.getpid()
    children = Children(run)
    context = JobContext(run, children=children, saving=_Saving(run))
    with PutBackAfterwards(), captured_by(run), run.running_here():
        status = 1
        try:
            run.result = contextvars.copy_context().run(
                _set_up, run, lambda: kept(_result_of(kind, context, children, arguments))
            )
            status = 0
        finally:
            if os.getpid() != process:
                os._exit(status)


def _result_of(kind: Kind[..., Any], context: JobContext, children: Children, arguments: Mapping[str, Any]) -> Any:
    """Call the job's function; then, where its kind has one, what is to be called when its children have succeeded."""
    if kind.after_children is None:
        return kind.function(context, **arguments)
    if (started := children.all_started()) is None:
        kind.function(context, **arguments)
        started = children.end_starting()
    return kind.after_children(context, children.wait(started, "all"))


def _refuse_paths(kind: Kind[..., Any], arguments: Mapping[str, Any]) -> None:
    """Refuse paths that lead where none may, as this machine knows them now.

    Raises:
        JobError: one does.
    """
    if own := own_paths(arguments):
        raise JobError(f"{own[0]} is in Jobdeck's own data folder, which no job reads or writes. Choose another.")
    if wrong := unfit_paths(kind.params_model, arguments):
        raise JobError(" ".join(f"{one.field}: {one.message}" for one in wrong))


def _set_up(run: Run, function: Callable[[], T]) -> T:
    """Call a function inside its trace, and with a decimal context of its own: a copied `contextvars.Context` shares
    the thread's object.
    """
    current.set(read_traceparent(run.traceparent))
    decimal.setcontext(decimal.getcontext().copy())
    return function()


class _Saving:
    """The checkpoint of a job; it is read when it is asked for first."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._value: Any = None
        self._is_read = False

    def save(self, value: Any) -> None:
        once_there(self._run, lambda: checkpoints.save(self._run, value))
        self._is_read = False

    def saved(self) -> Any:
        if not self._is_read:
            self._value = once_there(self._run, lambda: checkpoints.saved(self._run))
            self._is_read = True
        return self._value
