"""The snapshots of a notice, and of what was sent because of it."""

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, JsonValue

from app.db.models.people import NoticeDeliveryRow, NoticeRow
from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.states import State

Channel = Literal["webhook", "slack", "teams", "email", "desktop"]
"""Over what somebody is told."""
SENDER_KIND = "send_notice"
"""Of the jobs that tell nobody is told: a notice of one that failed would be the next to fail."""
URL_CHANNELS: tuple[Channel, ...] = ("webhook", "slack", "teams")


class NoticeEvent(StrEnum):
    """Of what a notice may tell."""

    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    OVERDUE = "overdue"
    LONGER_THAN_USUAL = "longer_than_usual"
    FAILURE_NEW = "failure_new"
    FAILURE_BACK = "failure_back"


class DeliveryState(StrEnum):
    """What became of a message."""

    GATHERING = "gathering"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Notice(Snapshot):
    """Who wants to hear of what, and how. What is secret in `to` is not in it."""

    id: int
    name: str
    kind: str | None
    tag: str | None
    q: str | None
    job_id: int | None
    events: tuple[NoticeEvent, ...]
    to: dict[str, Any]
    is_enabled: bool
    created_at: Instant
    created_by: str

    @classmethod
    def from_row(cls, row: NoticeRow) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate({**row.model_dump(), "to": {name: one["shown"] for name, one in row.to.items()}})


class Answer(Snapshot):
    """What became of one attempt to send."""

    at: Instant
    status: int | None = Field(default=None, description="of HTTP, or of the mail server; null: nobody answered")
    seconds: float
    text: str = Field(description="the beginning of the answer, or why there was none")
    is_accepted: bool


class Delivery(Snapshot):
    """A message of a notice over one of its channels."""

    id: int
    notice_id: int
    channel: Channel
    state: DeliveryState
    events: list[str] = Field(description="of what it tells; `test`: it was asked for")
    job_ids: list[int]
    count: int = Field(description="of how many; more than are named where they were many")
    items: list[dict[str, JsonValue]] = Field(description="what is told")
    created_at: Instant
    sent_at: Instant | None
    sender_job_id: int | None = Field(description="the job that sends it")
    answers: list[Answer]

    @classmethod
    def from_row(cls, row: NoticeDeliveryRow, *, sender: State | None = None) -> Self:
        """Make the snapshot of a row. `sender`: the state of the job that sends it; None: that is gone."""
        state = DeliveryState(row.state)
        if state in (DeliveryState.GATHERING, DeliveryState.WAITING) and sender in (
            None,
            State.CANCELLED,
            State.FAILED,
        ):
            state = DeliveryState.FAILED
        job_ids = [one["job"]["id"] for one in row.items if one.get("job")]
        return cls.model_validate(
            {
                **row.model_dump(),
                "state": state,
                "events": list(dict.fromkeys(one["event"] for one in row.items)),
                "job_ids": list(dict.fromkeys(job_ids)),
            }
        )
