"""What the API answers, as typed objects, and its problems as one exception.

NOTE: the fields are those of `app.db.snapshots`; a test compares them. Fields of a newer server are passed over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict

State = Literal["scheduled", "queued", "running", "retrying", "succeeded", "failed", "cancelled"]


class Answer(BaseModel):
    """What was answered at one instant. It is never changed."""

    model_config = ConfigDict(frozen=True)


class Progress(Answer):
    """How far a job is."""

    done: int | float | None = None
    total: int | float | None = None
    ratio: float | None = None
    message: str | None = None
    rate_per_second: float | None = None
    eta_seconds: float | None = None
    at: datetime | None = None
    stalled_after_seconds: float | None = None


class Failure(Answer):
    """Why a job failed."""

    type: str
    message: str
    signature: str


class Links(Answer):
    """Where to go from a job, as paths."""

    self: str
    page: str
    log: str
    events: str


class Job(Answer):
    """A job. What each field means says docs/contract.md in section 4."""

    id: int
    kind: str
    title: str
    state: State
    queue: str
    priority: Literal["low", "normal", "high"]
    params: dict[str, Any]
    tags: list[str]
    progress: Progress
    attempt: int
    max_attempts: int
    created_at: datetime
    run_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    wait_seconds: float | None
    run_seconds: float | None
    result: Any
    error: Failure | None
    handled_at: datetime | None = None
    handled_by: str | None = None
    created_by: str
    schedule_id: int | None
    scheduled_for: datetime | None
    parent_id: int | None
    retry_of: int | None
    after: list[int] = []
    when: Literal["succeeded", "failed", "finished"] | None = None
    aside_since: datetime | None = None
    worker: str | None
    cancel_requested_at: datetime | None
    force_requested_at: datetime | None
    approve: Literal["viewer", "operator", "admin"] | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    waiting_for: str | None = None
    usual_seconds: float | None = None
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None
    code_version: str | None = None
    trace_id: str | None = None
    version: int
    links: Links

    @property
    def is_finished(self) -> bool:
        """Whether it has ended."""
        return self.state in ("succeeded", "failed", "cancelled")

    def with_progress(self, told: Mapping[str, Any]) -> Self:
        """Return this job with the progress that an event tells of; as it is where that is of another attempt."""
        if told["attempt"] != self.attempt or self.is_finished:
            return self
        return self.model_copy(update={"progress": Progress.model_validate(told["progress"])})


class LogLine(Answer):
    """One line of a job's log."""

    seq: int
    attempt: int
    at: datetime
    level: Literal["debug", "info", "warning", "error"]
    text: str


class File(Answer):
    """A file that a job attached."""

    name: str
    media_type: str
    size_bytes: int
    created_at: datetime
    links: dict[str, str]


class Kind(Answer):
    """What can be started."""

    name: str
    title: str
    description: str
    group: str
    queue: str
    off_because: str | None = None
    options: dict[str, Any]
    schema_: dict[str, Any]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Read a kind; `schema`, the JSON Schema of its params, is a name that pydantic has for itself."""
        return cls.model_validate({**value, "schema_": value["schema"]})


class JobdeckError(Exception):
    """What was asked for was refused, or nobody answered."""

    def __init__(
        self, message: str, *, status: int = 0, hint: str = "", errors: Sequence[tuple[str, str]] = ()
    ) -> None:
        """`status`: of HTTP, 0 where no answer came; `errors`: the values that do not fit, (name, why)."""
        super().__init__(" ".join(filter(None, (message, hint))))
        self.message = message
        self.status = status
        self.hint = hint
        self.errors = list(errors)

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """Read a problem (RFC 9457); of what is none, as a proxy's page, only the status is told."""
        try:
            told = response.json()
            errors = [(one["field"], one["message"]) for one in told["errors"]]
            return cls(told["detail"], status=response.status_code, hint=told["hint"] or "", errors=errors)
        except (ValueError, KeyError, TypeError):
            return cls(f"{response.url} answered {response.status_code}.", status=response.status_code)
