"""Jobs in the database as workers leave them, for tests that need no worker."""

from datetime import datetime
from typing import Any

from app.db import JobSnapshot
from app.db.clock import now
from app.db.lifecycle import batch, start
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.start import Inserted, Message, NewJob
from tests.actors import person


def inserted(**changes: Any) -> Inserted:
    """Store a job."""
    return start.insert_jobs([new_job(**changes)])[0]


def new_job(**changes: Any) -> NewJob:
    """Describe a job that is to be stored."""
    fields: dict[str, Any] = {
        "kind": "count",
        "title": "Count",
        "queue": "default",
        "params": {},
        "tags": [],
        "search_text": "count",
        "max_attempts": 2,
        "by": person("test"),
        **changes,
    }
    return NewJob(**fields)


def stored(**changes: Any) -> Message:
    """Store a queued job and return its message."""
    message = inserted(**changes).message
    assert message is not None
    return message


def claimed(message: Message, worker: str = "w1", **limits: int) -> bool:
    """Claim a job for a worker. False: it was not to be had. `limits`: how many of a kind may run at once."""
    return bool(batch.record([], [message], worker=Worker(id=worker, name=worker), limits=limits).claims)


def done(message: Message, worker: str = "w1", *, at: datetime | None = None, **end: Any) -> JobSnapshot | None:
    """End an attempt for a worker, as succeeded unless `end` says otherwise."""
    fields = {"outcome": "succeeded", "result": "x", **end}
    finish = Finish(job_id=message.job_id, token=message.token, at=at or now(), **fields)
    [change] = batch.record([finish], [], worker=Worker(id=worker, name=worker)).ended
    return change.job if change is not None else None
