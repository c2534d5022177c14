"""Two jobs side by side."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.protocol.parameters import NO_QUERY, WHOLE, JobId
from app.db.queries.comparing import two_jobs
from app.db.queries.comparing.two_jobs import Comparison
from app.db.queries.jobs import MAX_ID

router = APIRouter(prefix="/jobs", tags=["jobs"])
OtherId = Annotated[int, Path(alias="other", ge=1, le=MAX_ID), WHOLE]


@router.get("/{id}/compare/{other}", dependencies=[NO_QUERY], summary="Compare two jobs")
def compare_jobs(job_id: JobId, other_id: OtherId) -> Comparison:
    """Answer both jobs, and what differs in params, result, error, timing and log. Secrets are dots."""
    return two_jobs.compare(job_id, other_id)
