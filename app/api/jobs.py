"""Jobs: find them, look at one and at all that belongs to it, cancel, retry and delete."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Body, Header, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from app import queue
from app.api.protocol.caller import caller
from app.api.protocol.narrowing import filter_of, takes_filter
from app.api.protocol.parameters import NO_BODY, NO_QUERY, WHOLE, Confirmed, JobId, Listed
from app.api.protocol.routers import below_base
from app.db import JobFilter, JobSnapshot, State, files
from app.db.queries import details, jobs
from app.db.queries.language import MAX_CHARACTERS
from app.db.queries.traces import trace_of
from app.db.snapshots.files import Artifact
from app.db.snapshots.parts import Attempt, Checkpoint, Level, LogLine, TraceSpan, Transition
from app.errors import NotFound
from app.queue.acts.control import delete
from app.queue.acts.waiting import explained

MAX_PAGE = 200
MAX_LOG_PAGE = 2000

router = below_base("/jobs", tags=["jobs"])


class JobList(Listed[JobSnapshot]):
    """A page of jobs and how many there are in all."""

    count: int
    count_is_exact: bool = Field(description="false: at least so many")
    is_cut_off: bool = Field(
        default=False, description="true: the search took too long, these are the first matches so far; `next` goes on"
    )


class TraceList(Listed[TraceSpan]):
    """A trace; all of it is on one page."""

    trace_id: str | None = Field(description="of W3C Trace Context; null: the job is older than traces")
    is_cut_off: bool = Field(description="true: there are more jobs, or more spans of one, than are answered")


def _check_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"There is no time zone “{name[:60]}”.") from None


@takes_filter
class JobMatch(BaseModel):
    """Which jobs."""

    model_config = ConfigDict(extra="forbid")

    timezone: Annotated[str, AfterValidator(_check_zone)] = Field(
        default="UTC", max_length=100, description="where the days of `q` begin, as Europe/Berlin"
    )

    def as_filter(self) -> JobFilter:
        """Return what `app.db.queries.jobs` looks for."""
        return replace(filter_of(self), zone=UTC if self.timezone == "UTC" else ZoneInfo(self.timezone))


class JobQuery(JobMatch):
    """Which jobs, in which order, and which part of the list."""

    sort: jobs.Sort = Field(default="-id", description="a leading - puts the highest first")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 25
    after: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        pattern="^[A-Za-z0-9_=-]+$",
        description="`next` of the page before, in the same order; anything else is refused",
    )


class LogQuery(BaseModel):
    """Which lines of a log."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[int, Field(ge=0, le=jobs.MAX_ID), WHOLE] = Field(
        default=0, description="only lines with a higher `seq`"
    )
    level: Level | None = Field(default=None, description="this level and worse")
    q: str = Field(default="", max_length=MAX_CHARACTERS, description="only lines that contain it")
    attempt: Annotated[int, Field(ge=1, le=2**31 - 1), WHOLE] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LOG_PAGE), WHOLE] = 500


class ArtifactQuery(BaseModel):
    """How a file is sent."""

    model_config = ConfigDict(extra="forbid")

    download: bool = Field(default=False, description="save it rather than show it; `1` says true, too")


class CancelBody(BaseModel):
    """How to cancel."""

    model_config = ConfigDict(extra="forbid")

    force: bool = Field(
        default=False, strict=True, description="do not wait for its grace time, stop it by force at once"
    )


class RetryBody(BaseModel):
    """What to change when a job is run again."""

    model_config = ConfigDict(extra="forbid")

    params: dict[str, JsonValue] | None = Field(default=None, description="other params: this starts a new job")
    anew: bool = Field(default=False, strict=True, description="forget what it saved, and begin from the start")
    confirmed: Confirmed = False


@router.get("", summary="List jobs")
def list_jobs(query: Annotated[JobQuery, Query()]) -> JobList:
    """Answer the jobs that match, newest first unless `sort` says otherwise."""
    which = query.as_filter()
    page, count = jobs.find_jobs(which, sort=query.sort, limit=query.limit, after=query.after)
    return JobList(
        items=page.items,
        next=page.next,
        count=count.count,
        count_is_exact=count.is_exact,
        is_cut_off=page.is_cut_off,
    )


@router.get(
    "/{id}",
    dependencies=[NO_QUERY],
    summary="Get a job",
    response_model=JobSnapshot,
    responses={304: {"description": "It is as it was when its ETag was the one of If-None-Match"}},
)
def get_job(
    job_id: JobId,
    request: Request,
    response: Response,
    if_none_match: Annotated[str | None, Header(description="tags of answers that are known")] = None,
) -> JobSnapshot | Response:
    """Answer one job, with why it waits and how long its kind usually runs.

    Its ETag changes with everything but the seconds it has run so far.
    """
    job = explained(jobs.get_job(job_id))
    known = {"ETag": _tag_of(job), "Cache-Control": "private, no-cache"}
    if if_none_match is not None and _is_among(known["ETag"], request.headers.getlist("if-none-match")):
        return Response(status_code=304, headers=known)
    response.headers.update(known)
    return job


@router.get("/{id}/attempts", dependencies=[NO_QUERY], summary="List a job's attempts")
def list_attempts(job_id: JobId) -> Listed[Attempt]:
    """Answer the tries of a job, oldest first."""
    jobs.get_job(job_id)
    return Listed(items=details.list_attempts(job_id))


@router.get("/{id}/transitions", dependencies=[NO_QUERY], summary="List a job's transitions")
def list_transitions(job_id: JobId) -> Listed[Transition]:
    """Answer the changes of a job's state, oldest first."""
    jobs.get_job(job_id)
    return Listed(items=details.list_transitions(job_id))


@router.get("/{id}/checkpoint", dependencies=[NO_QUERY], summary="Get what a job saved")
def get_checkpoint(job_id: JobId) -> Checkpoint:
    """Answer what the job saved last for its next attempt, secrets as dots; 404 where it has saved nothing."""
    if (checkpoint := details.get_checkpoint(jobs.get_job(job_id))) is None:
        raise NotFound(f"Job #{job_id} has saved nothing.")
    return checkpoint


@router.get("/{id}/log", summary="Read a job's log")
def read_log(job_id: JobId, query: Annotated[LogQuery, Query()]) -> Listed[LogLine]:
    """Answer lines in order; to follow a running job, ask again with `after` = the last `seq`."""
    jobs.get_job(job_id)
    lines = details.list_log(
        job_id, after=query.after, limit=query.limit + 1, level=query.level, text=query.q, attempt=query.attempt
    )
    page = lines[: query.limit]
    return Listed(items=page, next=str(page[-1].seq) if len(lines) > len(page) else None)


@router.get("/{id}/trace", dependencies=[NO_QUERY], summary="Get a job's trace")
def get_trace(job_id: JobId) -> TraceList:
    """Answer what a job, its parents and their children did and when, each below what it belongs to."""
    trace = trace_of(job_id)
    return TraceList(items=trace.spans, trace_id=trace.trace_id, is_cut_off=trace.is_cut_off)


@router.get("/{id}/artifacts", dependencies=[NO_QUERY], summary="List a job's files")
def list_artifacts(job_id: JobId) -> Listed[Artifact]:
    """Answer what the job attached."""
    jobs.get_job(job_id)
    return Listed(items=details.list_artifacts(job_id))


@router.get(
    "/{id}/artifacts/{name}",
    summary="Get a file",
    response_class=FileResponse,
    responses={
        200: {
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "the bytes, of the file's media type",
        },
        206: {
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "the part that Range asked for",
        },
    },
)
def get_artifact(job_id: JobId, name: str, query: Annotated[ArtifactQuery, Query()]) -> FileResponse:
    """Answer the bytes of a file that the job attached."""
    path, artifact = files.open_artifact(job_id, name)
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise NotFound(f"The file {artifact.name} is gone from the data folder.") from error
    return FileResponse(
        path,
        media_type=_served_as(artifact.media_type),
        filename=artifact.name,
        stat_result=status,
        content_disposition_type="attachment" if query.download else "inline",
        headers=_ARTIFACT_HEADERS,
    )


@router.post("/{id}/cancel", status_code=202, dependencies=[NO_QUERY], summary="Cancel a job")
def cancel_job(
    job_id: JobId, response: Response, body: Annotated[CancelBody, Body(default_factory=CancelBody)]
) -> JobSnapshot:
    """Cancel a waiting job at once; ask a running one to stop, or stop it by force."""
    return located(queue.cancel(job_id, by=caller(), is_forced=body.force), response)


@router.post("/{id}/retry", status_code=202, dependencies=[NO_QUERY], summary="Retry a job")
def retry_job(
    job_id: JobId, response: Response, body: Annotated[RetryBody, Body(default_factory=RetryBody)]
) -> JobSnapshot:
    """Continue a failed or cancelled job; with params, or of a succeeded one, start a new job."""
    return located(
        queue.retry(job_id, params=body.params, is_anew=body.anew, confirmed=body.confirmed, by=caller()), response
    )


@router.delete("/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Delete a job")
def delete_job(job_id: JobId) -> None:
    """Forget a finished job and all that belongs to it."""
    delete(job_id, by=caller())


def _tag_of(job: JobSnapshot) -> str:
    """Name the present state of a job; weak, for of a running one the time that passes is left out."""
    left_out = {"run_seconds"} if job.state is State.RUNNING else None
    text = job.model_dump_json(exclude=left_out)
    return f'W/"{job.version}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"'


def _is_among(tag: str, known: list[str]) -> bool:
    """Say whether If-None-Match, which may stand in several lines, names a tag, as RFC 9110, 13.1.2, compares them."""
    names = [one.strip().removeprefix("W/") for one in ",".join(known).split(",")]
    return "*" in names or tag.removeprefix("W/") in names


def located(job: JobSnapshot, response: Response) -> JobSnapshot:
    """Say in the answer's head where the job is to be seen."""
    response.headers["Location"] = job.links.page
    return job


_TOKEN = r"[\w!#$%&'*+.^`|~-]+"  # nosec B105  # a pattern
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(?: *; *{_TOKEN}=(?:{_TOKEN}|{_QUOTED}))*", re.ASCII)
"""A media type with its parameters (RFC 9110, 8.3.1), in one line. A job may have written anything for it; only what is
surely one reaches a header.
"""

_PART_OF_A_PAGE = re.compile("(java|ecma|j|live)script|/css", re.IGNORECASE)
"""Types of scripts (https://mimesniff.spec.whatwg.org/#javascript-mime-type) and of style sheets."""


def _served_as(media_type: str) -> str:
    """Return the media type with which a file may leave: a page of ours could load a script from its own server."""
    if not _MEDIA_TYPE.fullmatch(media_type):
        return "application/octet-stream"
    return "text/plain; charset=utf-8" if _PART_OF_A_PAGE.search(media_type) else media_type


_ARTIFACT_HEADERS = {
    # Nothing in such a file may run, ask this server, or load from elsewhere; the job page shows it in a frame.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; media-src data: blob:; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}
