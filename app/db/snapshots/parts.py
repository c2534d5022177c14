"""Snapshots of what belongs to a job: attempts, transitions, log lines, progress, failures, its trace."""

from datetime import datetime
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field

from app.actor import Actor, ActorKind
from app.db.models.history import AttemptRow, LogLineRow, NoteRow, TransitionRow
from app.db.models.jobs import Job
from app.db.snapshots.snapshot import Instant, Snapshot, seconds_between, whole
from app.db.states import State

Level = Literal["debug", "info", "warning", "error"]
LEVEL_NUMBERS: dict[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
Priority = Literal["low", "normal", "high"]
When = Literal["succeeded", "failed", "finished"]
"""How a job has to end for those that wait for it."""
STALLED_SECONDS = 45.0
"""No job counts as stalled sooner."""
STALLED_GAPS = 5.0
"""So many times the longest gap between two of its reports is too long without news."""
Part = Literal["job", "wait", "attempt", "span"]
"""What a stretch of a trace is."""
Outcome = Literal["running", "succeeded", "failed", "cancelled", "lost", "handed_back", "put_aside"]


class Progress(Snapshot):
    """How far a job is. Everything but `done`, `total` and `message` is derived."""

    done: int | float | None = None
    total: int | float | None = None
    ratio: float | None = Field(default=None, description="0 to 1; null when the total is unknown")
    message: str | None = None
    rate_per_second: float | None = None
    eta_seconds: float | None = Field(
        default=None,
        description="seconds left, as of `at`: from this run's pace and from how long its kind took before; null: no "
        "total, no pace yet, or the estimate has grown for minutes",
    )
    at: Instant | None = None
    stalled_after_seconds: float | None = Field(
        default=None, description="so long without news is much longer than it ever was between two reports of this run"
    )

    @classmethod
    def of(
        cls,
        done: float | None,
        total: float | None,
        message: str | None,
        rate_per_second: float | None,
        at: datetime | None,
        *,
        eta_seconds: float | None = None,
        gap_seconds: float | None = None,
    ) -> Self:
        """Derive the ratio, and when it counts as stalled, from what was reported.

        Args:
            done, total, message: as reported.
            rate_per_second: its pace of late.
            at: when that was.
            eta_seconds: seconds left, as its worker estimates them.
            gap_seconds: the longest time between two reports so far.
        """
        if done is None and total is None and message is None and at is None:
            return cls()
        ratio = None
        if done is not None and total is not None:
            ratio = min(1.0, max(0.0, done / total)) if total > 0 else 1.0
        return cls(
            done=whole(done),
            total=whole(total),
            ratio=ratio,
            message=message,
            rate_per_second=rate_per_second,
            eta_seconds=eta_seconds,
            at=at,
            stalled_after_seconds=None if at is None else max(STALLED_SECONDS, STALLED_GAPS * (gap_seconds or 0.0)),
        )


class Failure(Snapshot):
    """Why an attempt or a job failed."""

    type: str = Field(description="name of the exception's class")
    message: str
    signature: str = Field(description="the same for failures of the same cause")


class Attempt(Snapshot):
    """One try of a job."""

    number: int
    state: Outcome
    worker: str
    started_at: Instant
    finished_at: Instant | None
    run_seconds: float | None
    cpu_seconds: float | None = Field(
        description="processor time of its thread, or of its own process and all that this started; null: not measured"
    )
    peak_memory_bytes: int | None = Field(
        description="the most that its process held at once; of its own process: with all that this started. Null: "
        "other jobs ran beside it, it was over in a moment, or its process died"
    )
    code_version: str | None = Field(description="a hash of the file that declared its kind, as its worker had it")
    error: Failure | None
    traceback: str | None

    @classmethod
    def from_row(cls, row: AttemptRow) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate(
            {
                **row.model_dump(),
                "state": row.outcome,
                "run_seconds": seconds_between(row.started_at, row.finished_at),
                "error": failure_of(row),
            }
        )


class Checkpoint(Snapshot):
    """What a job saved for its next attempt."""

    value: Any = Field(description="secrets as dots")
    attempt: int = Field(description="the one that saved it")
    at: Instant


class Transition(Snapshot):
    """A job went from one state to another."""

    from_state: State | None
    to_state: State
    at: Instant
    reason: str
    by: str = Field(description="the name of who acted")
    by_kind: ActorKind | None = Field(description="what that is; null in the oldest rows")
    via: str = Field(description="from where: page, api, terminal, python, or the job that acted for them")
    attempt: int
    worker: str | None

    @classmethod
    def from_row(cls, row: TransitionRow) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate({**row.model_dump(), "via": row.via or ""})

    @property
    def actor(self) -> Actor:
        """Who acted; of the oldest rows only the name is known."""
        return Actor(kind=self.by_kind or ActorKind.PERSON, name=self.by, via=self.via)


class Note(Snapshot):
    """What somebody wrote about a job."""

    id: int
    at: Instant
    by: str
    by_kind: ActorKind
    via: str
    text: str = Field(description="in Markdown")

    @classmethod
    def from_row(cls, row: NoteRow) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate(row.model_dump())


class NewLogLine(NamedTuple):
    """A line of a job's log that is to be written. A tuple: a job may log a million of them."""

    job_id: int
    seq: int
    attempt: int
    at: datetime
    level: int
    """As in Python's `logging`."""
    text: str


class LogLine(Snapshot):
    """One line of a job's log."""

    seq: int = Field(description="counts up from 1 over all attempts of the job")
    attempt: int
    at: Instant
    level: Level
    text: str

    @classmethod
    def from_row(cls, row: LogLineRow | NewLogLine) -> Self:
        """Make the snapshot of a row, or of what becomes one."""
        return cls(seq=row.seq, attempt=row.attempt, at=row.at, level=level_name(row.level), text=row.text)


def level_name(number: int) -> Level:
    """Name a level of Python's `logging` as logs here do: debug, info, warning or error."""
    return "debug" if number < 20 else "info" if number < 30 else "warning" if number < 40 else "error"


def failure_of(row: Job | AttemptRow) -> Failure | None:
    """Return why a job or an attempt failed; None: it did not."""
    if row.error_type is None:
        return None
    return Failure(type=row.error_type, message=row.error_message or "", signature=row.error_signature or "")


class NewSpan(NamedTuple):
    """A stretch of an attempt that its author named, to be written."""

    job_id: int
    span_id: str
    parent_span_id: str | None
    attempt: int
    name: str
    started_at: datetime
    ended_at: datetime
    error: str | None


class TraceSpan(Snapshot):
    """One stretch of a trace."""

    span_id: str
    parent_span_id: str | None = Field(description="null: what it belongs to is not known here, or there is nothing")
    job_id: int
    attempt: int = Field(description="0: of no attempt")
    part: Part = Field(description="the whole job, its wait before an attempt, the attempt, or a `ctx.span` in it")
    name: str
    started_at: Instant
    ended_at: Instant | None = Field(description="null: it goes on")
    outcome: str = Field(description="how it ended; `error`: a span that was left by an exception")
    note: str = Field(description="the worker of an attempt, the exception of a span; else empty")


class Trace(Snapshot):
    """A job with its parents and all that they started, in the order in which it is read."""

    trace_id: str | None = Field(description="null: of jobs older than traces")
    spans: list[TraceSpan]
    is_cut_off: bool = Field(description="true: there are more jobs, or more spans of one, than are answered")
