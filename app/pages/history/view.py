"""What the history page shows, as a value and as its address: a pasted link shows the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from app.db import JobFilter, JobSnapshot, State
from app.db.queries.jobs import MAX_ID, SORTS, Sort
from app.errors import FieldError, InvalidInput

PATH = "/history"
NEWEST_FIRST: Sort = "-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """Which jobs, in which order, from where on. The defaults are the newest jobs of all."""

    text: str = ""
    kind: str | None = None
    queue: str | None = None
    parent_id: int | None = None
    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None
    finished_since: datetime | None = None
    sort: Sort = NEWEST_FIRST
    after: str | None = None

    @property
    def url(self) -> str:
        """The address that shows it; defaults are left out."""
        parts = {
            "q": self.text,
            "kind": self.kind,
            "queue": self.queue,
            "parent": self.parent_id,
            "state": self.state,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "finished_since": self.finished_since and self.finished_since.isoformat(),
            "sort": None if self.sort == NEWEST_FIRST else self.sort,
            "after": self.after,
        }
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{PATH}?{query}" if query else PATH

    @property
    def filter(self) -> JobFilter:
        """The same for the database."""
        return JobFilter(
            states=frozenset([self.state] if self.state else []),
            kind=self.kind,
            queue=self.queue,
            parent_id=self.parent_id,
            text=self.text,
            since=self.since,
            until=self.until,
            finished_since=self.finished_since,
        )

    @property
    def is_narrowed(self) -> bool:
        """Say whether some jobs are left out."""
        return self.filter != JobFilter()

    @property
    def is_plain(self) -> bool:
        """Say whether the kept totals by state are the right counts: nothing but the state narrows it."""
        return replace(self.filter, states=frozenset()) == JobFilter()

    @property
    def begins_with_newest(self) -> bool:
        """Say whether a new job belongs at the top."""
        return self.sort == NEWEST_FIRST and self.after is None

    def may_hold(self, job: JobSnapshot) -> bool:
        """Say whether a job may match; only the database knows about a text."""
        return (
            (self.state is None or job.state is self.state)
            and (self.kind is None or job.kind == self.kind)
            and (self.queue is None or job.queue == self.queue)
            and (self.parent_id is None or job.parent_id == self.parent_id)
            and (self.since is None or job.created_at >= self.since)
            and (self.until is None or job.created_at < self.until)
            and (
                self.finished_since is None or (job.finished_at is not None and job.finished_at >= self.finished_since)
            )
        )

    def narrowed(self, **changes: Any) -> "HistoryView":
        """Return the view with some parts changed, from its beginning."""
        return replace(self, **{"after": None, **changes})


def view_of(url: str) -> HistoryView:
    """Read an address; names it does not know are left alone.

    Raises:
        InvalidInput: a value cannot be; the message is a sentence that names it.
    """
    given = dict(parse_qsl(urlsplit(url).query))
    return HistoryView(
        text=given.get("q", "").strip(),
        kind=given.get("kind") or None,
        queue=given.get("queue") or None,
        parent_id=_read(given, "parent", _job_id, "A job's number looks like 12."),
        state=_read(given, "state", State, "Known states are " + ", ".join(State) + "."),
        since=_read(given, "since", _instant, "A time looks like 2026-01-31T08:30:00Z."),
        until=_read(given, "until", _instant, "A time looks like 2026-01-31T08:30:00Z."),
        finished_since=_read(given, "finished_since", _instant, "A time looks like 2026-01-31T08:30:00Z."),
        sort=_read(given, "sort", _sort, "Known orders are " + ", ".join(SORTS) + ".") or NEWEST_FIRST,
        after=given.get("after") or None,
    )


def _read(given: dict[str, str], name: str, parse: Callable[[str], Any], hint: str) -> Any:
    text = given.get(name)
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as problem:
        message = f"The address says {name}={text[:60]}, which is not known here."
        raise InvalidInput(message, hint=hint, fields=[FieldError(field=name, message=hint)]) from problem


def _job_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MAX_ID):
        raise ValueError(text)
    return int(text)


def _sort(text: str) -> Sort:
    if text not in SORTS:
        raise ValueError(text)
    return text


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at
