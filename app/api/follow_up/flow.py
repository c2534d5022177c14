"""The flow that a job belongs to."""

from app.api.protocol.parameters import NO_QUERY, JobId
from app.api.protocol.routers import below_base
from app.db.queries.flows import flow_of
from app.db.queries.flows.flow import Flow

router = below_base("/jobs", tags=["jobs"])


@router.get("/{id}/flow", dependencies=[NO_QUERY], summary="Get a job's flow")
def get_flow(job_id: JobId) -> Flow:
    """Answer all jobs that are tied to one, by starts and by waits; how they are tied, and which took longest."""
    return flow_of(job_id)
