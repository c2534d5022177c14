"""Queues: what waits in each and who listens; pause and resume."""

from typing import Annotated

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_QUERY, Instant, Listed
from app.api.protocol.routers import below_base
from app.queue.acts import queues
from app.queue.acts.queues import MAX_REASON_LENGTH, Queue

router = below_base("/queues", tags=["queues"])


class PauseBody(BaseModel):
    """How long a queue is paused, and why."""

    model_config = ConfigDict(extra="forbid")

    until: Instant | None = Field(
        default=None,
        description="when it is resumed by itself, a time to come: one that is past is refused; null: it is not",
    )
    reason: str = Field(default="", max_length=MAX_REASON_LENGTH, description="said wherever a job waits because of it")


class ResumeBody(BaseModel):
    """Nothing can be said about a resume."""

    model_config = ConfigDict(extra="forbid")


@router.get("", dependencies=[NO_QUERY], summary="List the queues")
def list_queues() -> Listed[Queue]:
    """Answer all queues by name, also those that nobody listens to."""
    return Listed(items=queues.list_queues())


@router.post("/{name}/pause", dependencies=[NO_QUERY], summary="Pause a queue")
def pause_queue(name: str, body: Annotated[PauseBody, Body(default_factory=PauseBody)]) -> Queue:
    """Let the queue's jobs wait. Running jobs go on; no job started after this answer begins before the resume."""
    return queues.pause(name, until=body.until, reason=body.reason, by=caller())


@router.post("/{name}/resume", dependencies=[NO_QUERY], summary="Resume a queue")
def resume_queue(name: str, body: Annotated[ResumeBody, Body(default_factory=ResumeBody)]) -> Queue:
    """Let its jobs run again, at once."""
    return queues.resume(name, by=caller())
