"""All jobs that match, as a file: CSV for spreadsheets, a line of JSON each for programs. Sent while they are read."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.api.jobs import JobMatch
from app.db import JobFilter, JobSnapshot
from app.db.clock import now
from app.db.queries import jobs
from app.errors import FieldError, InvalidInput
from app.reports import CsvTable

JOBS_AT_ONCE = 500
CSV_COLUMNS = (
    "id kind title state queue priority tags created_at created_by run_at started_at finished_at wait_seconds "
    "run_seconds attempt max_attempts worker params result error_type error_message schedule_id parent_id retry_of"
).split()

router = APIRouter(tags=["jobs"])


class ExportQuery(JobMatch):
    """Which jobs, in which order."""

    sort: jobs.Sort = Field(default="-id", description="a leading - puts the highest first")
    timezone: str = Field(default="UTC", max_length=100, description="where the days of `q` begin, as Europe/Berlin")


def _described(media_type: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "string"}}}
    return {
        "response_class": StreamingResponse,
        "responses": {200: {"content": content, "description": "all that match, as they were at the beginning"}},
    }


@router.get("/jobs.csv", summary="Export jobs as CSV", **_described("text/csv"))
def export_csv(query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """Answer every job that matches as a line of CSV. A text that a spreadsheet would run gets an apostrophe."""
    return _file(_csv_lines(_pages(query)), "jobs.csv", "text/csv; charset=utf-8")


@router.get("/jobs.ndjson", summary="Export jobs as NDJSON", **_described("application/x-ndjson"))
def export_ndjson(query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """Answer every job that matches as a line of JSON, each as `GET /jobs/{id}` answers it."""
    return _file(_json_lines(_pages(query)), "jobs.ndjson", "application/x-ndjson")


def _file(parts: Iterator[bytes], name: str, media_type: str) -> StreamingResponse:
    first = next(parts)  # what cannot be read is refused before anything is sent
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_with(first, parts), media_type=media_type, headers=headers)


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _pages(query: ExportQuery) -> Iterator[list[JobSnapshot]]:
    """Read the jobs that are there now, some at a time; a search that is cut off goes on where it stopped."""
    which, after = _fixed(query), None
    while True:
        page = jobs.list_jobs(which, sort=query.sort, limit=JOBS_AT_ONCE, after=after)
        yield page.items
        if page.next is None:
            return
        after = page.next


def _fixed(query: ExportQuery) -> JobFilter:
    """Let all pages be of one instant.

    Raises:
        InvalidInput: there is no such zone.
    """
    try:
        zone = ZoneInfo(query.timezone)
    except (KeyError, ValueError, OSError):
        message = f"There is no time zone “{query.timezone[:60]}”."
        raise InvalidInput(message, fields=[FieldError(field="timezone", message=message)]) from None
    return replace(query.as_filter(), max_id=max(1, jobs.newest_id()), asked_at=now(), zone=zone)


def _json_lines(pages: Iterator[list[JobSnapshot]]) -> Iterator[bytes]:
    for page in pages:
        yield "".join(f"{job.model_dump_json()}\n" for job in page).encode()


def _csv_lines(pages: Iterator[list[JobSnapshot]]) -> Iterator[bytes]:
    written = io.StringIO(newline="")
    table = CsvTable(CSV_COLUMNS, written)
    for page in pages:
        for job in page:
            table.add(*_cells(job))
        yield written.getvalue().encode()
        written.seek(0)
        written.truncate()


def _cells(job: JobSnapshot) -> Iterator[object]:
    told = job.model_dump(mode="json")
    told |= {f"error_{name}": getattr(job.error, name, None) for name in ("type", "message")}
    told["tags"] = ", ".join(job.tags)
    for name in ("params", "result"):
        value = told[name]
        told[name] = value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (told[name] for name in CSV_COLUMNS)
