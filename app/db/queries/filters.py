"""What narrows a list of jobs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, or_
from sqlmodel import col

from app.db.models import Job
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.states import State

# NOTE: the condition of the partial index ix_job_failed in app/db/schema.py; SQLite wants it as a literal.
IS_FAILED: ColumnElement[bool] = col(Job.state) == literal_column(f"'{State.FAILED}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs. Empty fields filter nothing; `text`: words that must all occur; `since` and `until` compare with
    `created_at`, `finished_since` with when a job ended as it stands now.
    """

    states: frozenset[State] = frozenset()
    kind: str | None = None
    queue: str | None = None
    parent_id: int | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    finished_since: datetime | None = None
    max_id: int | None = None


def conditions_of(which: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.states == {State.FAILED}:
        conditions.append(IS_FAILED)
    elif which.states:
        conditions.append(col(Job.state).in_(sorted(which.states)))
    if which.kind is not None:
        conditions.append(col(Job.kind) == which.kind)
    if which.queue is not None:
        conditions.append(col(Job.queue) == which.queue)
    if which.parent_id is not None:
        conditions.append(col(Job.parent_id) == which.parent_id)
    if which.since is not None:
        conditions.append(col(Job.created_at) >= which.since)
    if which.until is not None:
        conditions.append(col(Job.created_at) < which.until)
    if which.finished_since is not None:
        conditions.append(col(Job.finished_at) >= which.finished_since)
    if which.max_id is not None:
        conditions.append(col(Job.id) <= which.max_id)
    conditions.extend(_has_word(word) for word in which.text.replace("\0", " ").casefold().split())
    return conditions


def _has_word(word: str) -> ColumnElement[bool]:
    """Look for a word in what is searchable; a number, as `#12` or `12`, is also looked for as a job's id."""
    found = col(Job.search_text).contains(word, autoescape=True)
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits) <= MAX_ID:
        return or_(found, col(Job.id) == int(digits))
    return found
