"""What is known of a job when it is started, before it has a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.actor import Actor
from app.db.snapshots.parts import When


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is known of a job when it is started.

    `run_at`: not before then; None = at once. `delay`: instead of it, so long from now.
    """

    kind: str
    title: str
    queue: str
    params: dict[str, Any]
    tags: list[str]
    search_text: str
    max_attempts: int
    by: Actor
    priority: str = "normal"
    max_crashes: int = 3
    run_at: datetime | None = None
    delay: timedelta | None = None
    unique_key: str | None = None
    parent_id: int | None = None
    retry_of: int | None = None
    schedule_id: int | None = None
    scheduled_for: datetime | None = None
    after: tuple[int, ...] = ()
    """The jobs that it waits for, whatever `run_at` and `delay` say."""
    when: When = "succeeded"
    then: tuple["NewJob", ...] = ()
    """Jobs that are stored with it and wait, the first for it, each other one for the one before."""
    approve: str | None = None
    """The role of the second person who has to agree before it runs, whatever else it waits for."""
    trace_id: str | None = None
    parent_span_id: str | None = None
    """The trace that it belongs to, and the span by which it was started."""
