"""What is written of a job that is started: the columns of its row, the reason of its first transition, and what the
audit keeps.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.db.audit.entries import Entry
from app.db.lifecycle.start.new_job import NewJob
from app.db.lifecycle.transitions import entering
from app.db.state_machine import START
from app.db.states import State


def values_of(new: NewJob, at: datetime) -> dict[str, Any]:
    run_at = at + new.delay if new.delay is not None else new.run_at
    is_later = run_at is not None and run_at > at
    return {
        "kind": new.kind,
        "title": new.title,
        "queue": new.queue,
        "priority": new.priority,
        "params": new.params,
        "tags": new.tags,
        "search_text": new.search_text,
        "attempt": 0,
        "crashes": 0,
        "is_alone": False,
        "has_followers": False,
        "aside_since": None,
        "aside_succeeded": 0,
        "max_attempts": new.max_attempts,
        "max_crashes": new.max_crashes,
        "unique_key": new.unique_key,
        "created_at": at,
        "created_by": new.by.name,
        "run_at": run_at,
        "delay_began_at": at if new.delay is not None else None,
        "queued_at": None,
        "sent_at": None,
        "parent_id": new.parent_id,
        "retry_of": new.retry_of,
        "schedule_id": new.schedule_id,
        "scheduled_for": new.scheduled_for,
        "trace_id": new.trace_id,
        "parent_span_id": new.parent_span_id,
        **entering(START, None, State.SCHEDULED if is_later else State.QUEUED, at=at),
    }


def entry_of(found: int | Row[Any], new: NewJob) -> Entry:
    """Return what the audit keeps of a start; one that was answered with a job that was there already says so."""
    job_id = found if isinstance(found, int) else found.id
    details: dict[str, Any] = {"kind": new.kind, "title": new.title}
    if new.retry_of is not None:
        details["retry_of"] = new.retry_of
    if new.schedule_id is not None:
        details["schedule_id"] = new.schedule_id
    if not isinstance(found, int):
        details["was_there"] = True
    return Entry(act="start", target=f"job:{job_id}", by=new.by, details=details)


def wait_of(new: NewJob, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return what the row of a job says that may wait for others, beside all else; the same columns for each."""
    if not new.after:
        return {"after_ids": None, "after_when": None, "not_before": None}
    return {
        "after_ids": list(new.after),
        "after_when": new.when,
        "not_before": values["run_at"],
        "run_at": None,
        "delay_began_at": None,
        "queued_at": None,
        "sent_at": None,
        **entering(START, None, State.SCHEDULED, at=at),
    }


def hold_of(new: NewJob, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return what the row of a job says that may wait for somebody to agree, beside all else; as `wait_of`."""
    not_before = values.get("not_before")
    if new.approve is None:
        return {"approve_role": None, "not_before": not_before}
    return {
        "approve_role": new.approve,
        "not_before": not_before or values["run_at"],
        "run_at": None,
        "delay_began_at": None,
        "queued_at": None,
        "sent_at": None,
        **entering(START, None, State.SCHEDULED, at=at),
    }


def reason_of(new: NewJob, values: dict[str, Any]) -> str:
    if new.approve is not None:
        return "asked for, to be approved"
    if new.after:
        return f"started, to run after {', '.join(f'#{one}' for one in new.after)}"
    return "started" if values["queued_at"] else "started, to run later"
