"""Two jobs, or two attempts, side by side."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.protocol.parameters import WHOLE, JobId
from app.api.protocol.routers import below_base
from app.db.queries.comparing import two_jobs
from app.db.queries.comparing.two_jobs import Comparison
from app.db.queries.jobs import MAX_ID

router = below_base("/jobs", tags=["jobs"])
OtherId = Annotated[int, Path(alias="other", ge=1, le=MAX_ID), WHOLE]


class CompareQuery(BaseModel):
    """What of the jobs is compared."""

    model_config = ConfigDict(extra="forbid")

    attempts: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{0,8},[1-9][0-9]{0,8}$",
        description="one of the first job and one of the second, as `1,2`; the two may be the same job",
    )


@router.get("/{id}/compare/{other}", summary="Compare two jobs")
def compare_jobs(job_id: JobId, other_id: OtherId, query: Annotated[CompareQuery, Query()]) -> Comparison:
    """Answer both jobs, and what differs in params, result, error, timing and log. Secrets are dots."""
    if query.attempts is None:
        return two_jobs.compare(job_id, other_id)
    first, second = query.attempts.split(",")
    return two_jobs.compare(job_id, other_id, attempts=(int(first), int(second)))
