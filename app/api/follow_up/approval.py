"""The word of a second person on a job that waits for it."""

from typing import Annotated

from fastapi import Body, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.jobs import located
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_QUERY, JobId
from app.api.protocol.routers import below_base
from app.db import JobSnapshot
from app.queue.acts import control
from app.queue.acts.control import MOST_WORDS

router = below_base("/jobs", tags=["jobs"])


class WordBody(BaseModel):
    """What is said about it."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=MOST_WORDS, description="on the job's timeline and in the audit")


Word = Annotated[WordBody, Body(default_factory=WordBody)]


@router.post("/{id}/approve", status_code=202, dependencies=[NO_QUERY], summary="Agree to a job")
def approve_job(job_id: JobId, response: Response, body: Word) -> JobSnapshot:
    """Let a job run that waits for a second person (`approve` of its kind); never by who asked for it."""
    return located(control.approve(job_id, words=body.reason, by=caller()), response)


@router.post("/{id}/refuse", status_code=202, dependencies=[NO_QUERY], summary="Refuse a job")
def refuse_job(job_id: JobId, response: Response, body: Word) -> JobSnapshot:
    """Cancel a job that waits for a second person, with a reason."""
    return located(control.refuse(job_id, words=body.reason, by=caller()), response)
