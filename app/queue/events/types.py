"""What the screens are told."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import LogLine, Progress


class JobChanged(BaseModel):
    """A job is new, changed its state, or was asked to stop."""

    type: Literal["job"] = "job"
    job: JobSnapshot


class JobsChanged(BaseModel):
    """Many jobs changed at once: whoever wants to know how reads them. The `EventBus` reads them and tells of each."""

    type: Literal["jobs"] = "jobs"
    job_ids: list[int]


class JobProgressed(BaseModel):
    """A running job reported progress."""

    type: Literal["progress"] = "progress"
    job_id: int
    attempt: int
    progress: Progress


class JobLogged(BaseModel):
    """A running job wrote log lines. Of a burst only the last ones are sent; `seq` shows the gap."""

    type: Literal["log"] = "log"
    job_id: int
    lines: list[LogLine]


class SpansEnded(BaseModel):
    """Spans that a running job named have ended, and can be read."""

    type: Literal["spans"] = "spans"
    job_id: int


class JobDeleted(BaseModel):
    """A job was deleted."""

    type: Literal["deleted"] = "deleted"
    job_id: int


class QueueChanged(BaseModel):
    """A queue was paused or resumed."""

    type: Literal["queue"] = "queue"
    queue: str


class SchedulesChanged(BaseModel):
    """Schedules were made, changed, paused, resumed or deleted, or instants of theirs passed without a job."""

    type: Literal["schedules"] = "schedules"
    schedule_ids: list[int]


class NoticeTold(BaseModel):
    """A notice tells the open tabs of something. `path`: the page that shows more."""

    type: Literal["notice"] = "notice"
    delivery_id: int
    name: str
    text: str
    path: str


class FailuresChanged(BaseModel):
    """The failures of one cause were dismissed, or that was taken back."""

    type: Literal["failures"] = "failures"
    signature: str


class Connected(BaseModel):
    """The listener hears from now on; what was said before may have been missed. Never sent over Redis."""

    type: Literal["connected"] = "connected"


class Disconnected(BaseModel):
    """The listener hears nothing until the next `Connected`. Never sent over Redis."""

    type: Literal["disconnected"] = "disconnected"


class Missed(BaseModel):
    """More changed than could be told; whoever shows it reads it again. Never sent over Redis."""

    type: Literal["missed"] = "missed"
    since: datetime


class Closing(BaseModel):
    """The web process stops. Never sent over Redis."""

    type: Literal["closing"] = "closing"


JobEvent = (
    JobChanged
    | JobsChanged
    | JobProgressed
    | JobLogged
    | SpansEnded
    | JobDeleted
    | QueueChanged
    | SchedulesChanged
    | NoticeTold
    | FailuresChanged
)
Heard = JobEvent | Connected | Disconnected | Missed | Closing
