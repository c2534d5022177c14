"""The report on this history's activity: now (v1), as a job (v2), as a job that is told to everybody (v3)."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from app.api.jobs import located
from app.api.protocol import problems
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY
from app.api.protocol.rights import RIGHT
from app.api.protocol.routers import beside
from app.db import JobSnapshot, State, files
from app.queue.acts.starting import StartOptions, start
from app.queue.events.bus import EventBus
from app.queue.events.publisher import NOTIFY

NOW_PATH = "/reports/v1"
KIND = "activity_report"
FILE = "report.json"
WAIT_SECONDS = 30.0
_PROBLEM = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def router(bus: EventBus) -> APIRouter:
    """Return the routes; `bus` tells when a report is ready."""
    routes = beside("/reports", tags=["reports"], dependencies=[NO_QUERY, RIGHT])

    @routes.get(
        "/v1",
        summary="Get a report now",
        response_class=FileResponse,
        responses={
            200: {"content": {"application/json": {}}, "description": "the report"},
            503: {"content": _PROBLEM, "description": "It is not ready after 30 s; its job, in Location, goes on"},
        },
    )
    async def report_now() -> Response:
        """Start a report, wait for its end and answer it; 503 after 30 s (the job goes on). HEAD is refused."""
        job = await asyncio.to_thread(start, KIND, {}, by=caller())
        return await asyncio.to_thread(_answer, await bus.wait_for_end(job, seconds=WAIT_SECONDS))

    @routes.post("/v2", status_code=202, dependencies=[NO_BODY], summary="Start a report")
    def start_report(response: Response) -> JobSnapshot:
        """Start a report; the job is where Location says."""
        return located(start(KIND, {}, by=caller()), response)

    @routes.post("/v3", status_code=202, dependencies=[NO_BODY], summary="Start a report and tell everybody")
    def start_told_report(response: Response) -> JobSnapshot:
        """Start a report; everybody who follows the events is told of its start and its end."""
        return located(start(KIND, {}, order=StartOptions(tags=[NOTIFY]), by=caller()), response)

    return routes


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
