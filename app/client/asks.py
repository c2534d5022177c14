"""What is asked of the API: for each act the request and how its answer is read. Nothing is sent here."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote

import httpx

from app.client.answers import File, Job, JobdeckError, Kind, LogLine

Answered = TypeVar("Answered")
BASE = "/api/v1"
PAGE = 200
LOG_PAGE = 2000
STREAM = {"Accept": "text/event-stream"}


class StartOptions(TypedDict, total=False):
    """When, where and with what beside its params a job starts."""

    run_at: datetime
    delay_seconds: float
    queue: str
    priority: Literal["low", "normal", "high"]
    tags: Sequence[str]
    unique_key: str
    after: Sequence[int]
    when: Literal["succeeded", "failed", "finished"]
    confirmed: bool
    """Whether it is meant: a kind may ask for it (`options["confirm"]` of the kind says what is to be known before)."""
    idempotency_key: str
    """The same key gives the same job, for 24 hours. Not given: a new one, so that a lost answer is no second job."""
    wait_seconds: float
    """How long its end is waited for, at most 60; the job may not have ended by then."""
    traceparent: str
    """What the job belongs to (W3C Trace Context)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[Answered]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[httpx.Response], Answered]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    files: Mapping[str, tuple[str, BinaryIO]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = False
    """Whether asking twice is as good as asking once."""
    seconds: float = 0.0
    """How long the answer may take beside the usual."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Answered]):
    """A part of a list, and how to ask for the next one."""

    items: list[Answered]
    next: str | None


def start(
    kind: str, params: Mapping[str, Any] | None, named: Mapping[str, Any], options: StartOptions | None
) -> Ask[Job]:
    """Start a job."""
    given = dict(options or {})
    seconds = float(given.pop("wait_seconds", 0.0))  # type: ignore[arg-type]  # the type is said by StartOptions
    headers = {"Idempotency-Key": str(given.pop("idempotency_key", uuid.uuid4()))}
    if "traceparent" in given:
        headers["traceparent"] = str(given.pop("traceparent"))
    if isinstance(at := given.get("run_at"), datetime):
        given["run_at"] = at.astimezone().isoformat()
    return Ask(
        method="POST",
        path=f"{BASE}/kinds/{quote(kind, safe='')}/start",
        query={"wait": seconds} if seconds else {},
        body={"params": {**(params or {}), **named}, **given},
        headers=headers,
        read=_job,
        is_repeatable=True,
        seconds=seconds,
    )


def job(job_id: int) -> Ask[Job]:
    """Look at one job."""
    return _get(f"/jobs/{job_id}", _job)


def jobs(query: str, after: str | None) -> Ask[Page[Job]]:
    """Look at a page of jobs, the newest first."""
    chosen = {"q": query, "limit": PAGE, **({"after": after} if after else {})}
    return _get("/jobs", lambda response: _page(response, Job.model_validate), chosen)


def kind(name: str) -> Ask[Kind]:
    """Look at a kind."""
    return _get(f"/kinds/{quote(name, safe='')}", lambda response: Kind.read(response.json()))


def log(job_id: int, after: int) -> Ask[Page[LogLine]]:
    """Look at lines of a log whose `seq` is higher than `after`."""
    chosen = {"after": after, "limit": LOG_PAGE}
    return _get(f"/jobs/{job_id}/log", lambda response: _page(response, LogLine.model_validate), chosen)


def files(job_id: int) -> Ask[list[File]]:
    """Look which files a job attached."""
    return _get(f"/jobs/{job_id}/artifacts", lambda response: _page(response, File.model_validate).items)


def file(job_id: int, name: str) -> Ask[bytes]:
    """Get the bytes of a file."""
    return _get(f"/jobs/{job_id}/artifacts/{quote(name, safe='')}", lambda response: response.content)


def cancel(job_id: int, *, is_forced: bool) -> Ask[Job]:
    """Ask a job to stop."""
    return _act(f"/jobs/{job_id}/cancel", {"force": is_forced})


def retry(
    job_id: int, params: Mapping[str, Any] | None, *, is_anew: bool = False, is_confirmed: bool = False
) -> Ask[Job]:
    """Run a job again."""
    said = {} if params is None else {"params": dict(params)}
    marks = {"anew": is_anew, "confirmed": is_confirmed}
    return _act(f"/jobs/{job_id}/retry", {**said, **{name: True for name, is_said in marks.items() if is_said}})


def delete(job_id: int) -> Ask[None]:
    """Forget a finished job."""
    return Ask(method="DELETE", path=f"{BASE}/jobs/{job_id}", read=lambda _response: None)


def upload(path: Path, file: BinaryIO) -> Ask[str]:
    """Send a file for an UploadedFile parameter, which takes the id that is answered."""
    return Ask(
        method="POST",
        path=f"{BASE}/uploads",
        files={"file": (path.name, file)},
        read=lambda response: str(response.json()["id"]),
        seconds=3600,
    )


def anything(method: str, path: str, body: Any, query: Mapping[str, Any]) -> Ask[Any]:
    """Ask for what has no method here; `path` is below `/api/v1`."""
    is_read = method in ("GET", "HEAD")
    return Ask(method=method, path=BASE + path, body=body, query=query, read=_json, is_repeatable=is_read)


def events(job_id: int) -> Ask[None]:
    """Hear what becomes of a job."""
    return Ask(method="GET", path=f"{BASE}/jobs/{job_id}/events", headers=STREAM, read=lambda _response: None)


def checked(response: httpx.Response) -> httpx.Response:
    """Return a response that is well.

    Raises:
        JobdeckError: it is none.
    """
    if not response.is_success:
        raise JobdeckError.of(response)
    return response


def _get(
    path: str, read: Callable[[httpx.Response], Answered], query: Mapping[str, Any] | None = None
) -> Ask[Answered]:
    return Ask(method="GET", path=BASE + path, query=query or {}, read=read, is_repeatable=True)


def _act(path: str, body: Mapping[str, Any]) -> Ask[Job]:
    return Ask(method="POST", path=BASE + path, body=body, read=_job)


def _job(response: httpx.Response) -> Job:
    return Job.model_validate(response.json())


def _page(response: httpx.Response, read: Callable[[Any], Answered]) -> Page[Answered]:
    told = response.json()
    return Page([read(one) for one in told["items"]], told["next"])


def _json(response: httpx.Response) -> Any:
    return response.json() if response.content else None
