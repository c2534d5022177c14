"""All jobs that match, as a file: CSV for spreadsheets, a line of JSON each for programs. Sent while they are read."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field

from app.api.jobs import JobMatch
from app.api.protocol.routers import below_base
from app.db import JobFilter, JobSnapshot
from app.db.clock import now
from app.db.queries import jobs
from app.db.snapshots.columns import read_columns, value_in
from app.reports import CsvTable

JOBS_AT_ONCE = 500
ALL_FIELDS = (
    "id kind title state queue priority tags created_at created_by run_at started_at finished_at wait_seconds "
    "run_seconds attempt max_attempts worker params result error_type error_message schedule_id parent_id retry_of"
).split()
_FIELDS: Mapping[str, Sequence[str]] = {
    "job": ("id", "title"),
    "started": ("started_at",),
    "ended": ("finished_at",),
    "created": ("created_at",),
    "waited": ("wait_seconds",),
    "took": ("run_seconds",),
    "by": ("created_by",),
    "attempt": ("attempt", "max_attempts"),
    "schedule": ("schedule_id",),
}
"""What a file has for a column of the history, where that is not the field of its name."""

router = below_base(tags=["jobs"])


def _check_columns(text: str) -> str:
    read_columns(text.split(",") if text else ())
    return text


class ExportQuery(JobMatch):
    """Which jobs, in which order."""

    sort: jobs.Sort = Field(default="-id", description="a leading - puts the highest first")
    columns: Annotated[str, AfterValidator(_check_columns)] = Field(
        default="",
        max_length=4000,
        description="only these, as in the history: `job,state,params.customer.id,result.rows`; empty: all of each job",
    )

    @property
    def fields(self) -> list[str]:
        """The names of what the file has of each job; none: all."""
        names = self.columns.split(",") if self.columns else []
        return list(dict.fromkeys(field for name in names for field in _FIELDS.get(name.strip(), (name.strip(),))))


def _described(media_type: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "string"}}}
    return {
        "response_class": StreamingResponse,
        "responses": {200: {"content": content, "description": "all that match, as they were at the beginning"}},
    }


@router.get("/jobs.csv", summary="Export jobs as CSV", **_described("text/csv"))
def export_csv(query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """Answer every job that matches as a line of CSV. A text that a spreadsheet would run gets an apostrophe."""
    return _file(_csv_lines(_pages(query), query.fields or ALL_FIELDS), "jobs.csv", "text/csv; charset=utf-8")


@router.get("/jobs.ndjson", summary="Export jobs as NDJSON", **_described("application/x-ndjson"))
def export_ndjson(query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """Answer every job that matches as a line of JSON, each as `GET /jobs/{id}` answers it, or with chosen columns."""
    return _file(_json_lines(_pages(query), query.fields), "jobs.ndjson", "application/x-ndjson")


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
    """Let all pages be of one instant."""
    return replace(query.as_filter(), max_id=max(1, jobs.newest_id()), asked_at=now())


def _json_lines(pages: Iterator[list[JobSnapshot]], fields: Sequence[str]) -> Iterator[bytes]:
    for page in pages:
        yield "".join(f"{_json_line(job, fields)}\n" for job in page).encode()


def _json_line(job: JobSnapshot, fields: Sequence[str]) -> str:
    if not fields:
        return job.model_dump_json()
    return json.dumps(dict(zip(fields, _values(job, fields), strict=True)), ensure_ascii=False)


def _csv_lines(pages: Iterator[list[JobSnapshot]], fields: Sequence[str]) -> Iterator[bytes]:
    written = io.StringIO(newline="")
    table = CsvTable(fields, written)
    for page in pages:
        for job in page:
            table.add(*(_cell(name, value) for name, value in zip(fields, _values(job, fields), strict=True)))
        yield written.getvalue().encode()
        written.seek(0)
        written.truncate()


def _values(job: JobSnapshot, fields: Sequence[str]) -> Iterator[Any]:
    told = job.model_dump(mode="json")
    told |= {f"error_{name}": getattr(job.error, name, None) for name in ("type", "message")}
    told["outcome"] = told["result"] if job.error is None else f"{job.error.type}: {job.error.message}"
    return (told[name] if name in told else value_in(told, name) for name in fields)


def _cell(name: str, value: Any) -> object:
    if name == "tags":
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | dict | list) else value
