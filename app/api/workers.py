"""Workers: what each runs and needs; be quiet, go on, stop."""

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, Listed
from app.api.protocol.routers import below_base
from app.queue.acts import workers
from app.queue.acts.workers import Worker

router = below_base("/workers", tags=["workers"])


@router.get("", dependencies=[NO_QUERY], summary="List the workers")
def list_workers() -> Listed[Worker]:
    """Answer the worker processes by name."""
    return Listed(items=workers.list_workers())


@router.post("/{id}/quiet", dependencies=[NO_QUERY, NO_BODY], summary="Let a worker take no more jobs")
def quiet_worker(id: str) -> Worker:
    """Let it take no more jobs; those that run go on. The process that takes its place is not quiet."""
    return workers.quiet(id, by=caller())


@router.post("/{id}/resume", dependencies=[NO_QUERY, NO_BODY], summary="Let a worker take jobs again")
def resume_worker(id: str) -> Worker:
    """Let a quiet worker take jobs again."""
    return workers.resume(id, by=caller())


@router.post("/{id}/stop", status_code=202, dependencies=[NO_QUERY, NO_BODY], summary="Stop a worker")
def stop_worker(id: str) -> Worker:
    """Let it end in good order; running jobs get their grace time, then go back to their queues.

    Its supervisor starts another in its place.
    """
    return workers.stop(id, by=caller())
