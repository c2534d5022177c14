"""What people make of one job: notes, and that its failure is handled."""

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.jobs import located
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, JobId, Listed
from app.api.protocol.routers import below_base
from app.db import JobSnapshot
from app.db.queries import details, jobs
from app.db.snapshots.parts import Note
from app.queue.acts.follow_up import failures
from app.queue.acts.follow_up.failures import MAX_NOTE

router = below_base("/jobs", tags=["jobs"])


class NoteBody(BaseModel):
    """What is written."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_NOTE, pattern=r"\S", description="in Markdown")]


@router.get("/{id}/notes", dependencies=[NO_QUERY], summary="List a job's notes")
def list_notes(job_id: JobId) -> Listed[Note]:
    """Answer what people wrote about a job, oldest first."""
    jobs.get_job(job_id)
    return Listed(items=details.list_notes(job_id))


@router.post("/{id}/notes", status_code=201, dependencies=[NO_QUERY], summary="Write a note on a job")
def add_note(job_id: JobId, body: NoteBody, response: Response) -> JobSnapshot:
    """Keep the note as long as the job, and answer the job."""
    return located(failures.add_note(job_id, body.text, by=caller()), response)


@router.post("/{id}/handled", dependencies=[NO_QUERY, NO_BODY], summary="Mark a failed job as handled")
def mark_handled(job_id: JobId) -> JobSnapshot:
    """Want no look at a failed job any more: it leaves *Needs a look*."""
    return failures.handle(job_id, by=caller())


@router.delete("/{id}/handled", dependencies=[NO_QUERY, NO_BODY], summary="Take back that a job is handled")
def take_back_handled(job_id: JobId) -> JobSnapshot:
    """Want a look at it after all."""
    return failures.reopen(job_id, by=caller())
