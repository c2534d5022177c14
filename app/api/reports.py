"""The report on this history's activity: now (v1), as a job (v2), as a job that is told to everybody (v3)."""

import asyncio
import time
from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from app import queue
from app.api.jobs import located
from app.api.protocol import problems
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY
from app.api.protocol.rights import RIGHT
from app.db import JobSnapshot, State, files
from app.db.queries import jobs
from app.queue.acts.starting import StartOptions
from app.queue.events.bus import EventBus
from app.queue.events.publisher import NOTIFY
from app.queue.events.types import Heard, JobChanged

NOW_PATH = "/reports/v1"
KIND = "activity_report"
FILE = "report.json"
WAIT_SECONDS = 30.0
LOOK_SECONDS = 2.0
"""How often the row is read while the end is waited for: events may be lost."""


def router(bus: EventBus) -> APIRouter:
    """Return the routes; `bus` tells when a report is ready."""
    routes = APIRouter(prefix="/reports", tags=["reports"], dependencies=[NO_QUERY, RIGHT])

    @routes.get(
        "/v1",
        summary="Get a report now",
        response_class=FileResponse,
        responses={200: {"content": {"application/json": {}}, "description": "the report"}},
    )
    async def report_now() -> Response:
        """Start a report, wait for its end and answer it; 503 after 30 s (the job goes on). HEAD is refused."""
        job = await asyncio.to_thread(queue.start, KIND, {}, by=caller())
        return await asyncio.to_thread(_answer, await _ended(bus, job))

    @routes.post("/v2", status_code=202, dependencies=[NO_BODY], summary="Start a report")
    def start_report(response: Response) -> JobSnapshot:
        """Start a report; the job is where Location says."""
        return located(queue.start(KIND, {}, by=caller()), response)

    @routes.post("/v3", status_code=202, dependencies=[NO_BODY], summary="Start a report and tell everybody")
    def start_told_report(response: Response) -> JobSnapshot:
        """Start a report; everybody who follows the events is told of its start and its end."""
        return located(queue.start(KIND, {}, order=StartOptions(tags=[NOTIFY]), by=caller()), response)

    return routes


async def _ended(bus: EventBus, job: JobSnapshot) -> JobSnapshot:
    """Wait for a job's end without a thread; returns the job as it is then, or when the time is over."""

    def is_end(event: Heard) -> bool:
        return isinstance(event, JobChanged) and event.job.id == job.id and event.job.state.is_finished

    deadline = time.monotonic() + WAIT_SECONDS
    while not job.state.is_finished and (left := deadline - time.monotonic()) > 0 and not bus.is_closing:
        await bus.wait_for(is_end, seconds=min(left, LOOK_SECONDS))
        job = await asyncio.to_thread(jobs.get_job, job.id)
    return job


def _answer(job: JobSnapshot) -> Response:
    where = {"Location": job.links.page}
    if not job.state.is_finished:
        sentence = f"The report is not ready yet; job #{job.id} goes on."
        hint = f"See /jobs/{job.id}, or ask again later."
        return problems.problem(HTTPStatus.SERVICE_UNAVAILABLE, sentence, hint=hint, headers=where)
    if job.state is not State.SUCCEEDED:
        why = f": {job.error.message}" if job.error else "."
        sentence = f"The report's job #{job.id} {job.state}{why}"
        return problems.problem(HTTPStatus.INTERNAL_SERVER_ERROR, sentence, headers=where)
    path, _ = files.open_artifact(job.id, FILE)
    return FileResponse(path, media_type="application/json")
