"""What a message says of what happened: as it was then, without params, result or anything sealed."""

from datetime import datetime
from typing import Any

from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.snapshot import rfc3339
from app.db.states import State

_TOLD = (
    "id",
    "kind",
    "title",
    "queue",
    "tags",
    "attempt",
    "max_attempts",
    "created_at",
    "created_by",
    "started_at",
    "finished_at",
    "run_seconds",
    "error",
    "schedule_id",
)
"""What is told of a job. Its params and its result are not: who hears of a failure may not be one who may see them."""


def told_of_job(event: str, at: datetime, job: JobSnapshot, *, detail: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is told of a job; `detail`: what else is known of the event."""
    told = job.model_dump(mode="json", include=set(_TOLD))
    told["state"] = event if event in set(State) else str(job.state)  # by now it may be retried
    told["links"] = {"self": job.links.self, "page": job.links.page}
    return {**told_of(event, at, detail=detail), "job": told}


def told_of(event: str, at: datetime, *, detail: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is told of something that is of no job."""
    return {"event": event, "at": rfc3339(at), **({"detail": detail} if detail else {})}
