"""What the history page shows, as a value and as its address: a pasted link shows the same."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from app.db import JobFilter, JobSnapshot, State
from app.db.queries.filters import FIELDS
from app.db.queries.jobs import SORTS, Sort
from app.db.snapshots.columns import HEADINGS, read_columns
from app.errors import FieldError, InvalidInput

PATH = "/history"
NEWEST_FIRST: Sort = "-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView(JobFilter):
    """Which jobs, in which order, from where on. The defaults are the newest jobs of all."""

    sort: Sort = NEWEST_FIRST
    after: str | None = None
    columns: tuple[str, ...] = ()
    """As `app.db.snapshots.columns` names them; none: the usual ones."""

    @property
    def url(self) -> str:
        """The address that shows it; defaults are left out."""
        parts = {one.address: one.values.write(wanted) for one, wanted in self.wanted() if one.address}
        order = {
            "sort": "" if self.sort == NEWEST_FIRST else self.sort,
            "columns": ",".join(self.columns),
            "after": self.after or "",
        }
        query = urlencode({name: text for name, text in {**parts, **order}.items() if text})
        return f"{PATH}?{query}" if query else PATH

    def export_url(self, ending: str) -> str:
        """Return the address of a file with every job of the view: `csv` or `ndjson`, with its chosen columns."""
        parts = {one.query: one.values.write(wanted) for one, wanted in self.wanted() if one.query}
        zone = {"timezone": self.zone.key} if isinstance(self.zone, ZoneInfo) else {}
        columns = {"columns": ",".join(self.columns)} if self.columns else {}
        return f"/api/v1/jobs.{ending}?{urlencode({**parts, 'sort': self.sort, **zone, **columns})}"

    @property
    def filter(self) -> JobFilter:
        """The same for the database."""
        return JobFilter(**{one.name: getattr(self, one.name) for one in fields(JobFilter)})

    @property
    def state(self) -> State | None:
        """The only state that is wanted; None: all, or several of them."""
        return next(iter(self.states)) if len(self.states) == 1 else None

    @property
    def is_narrowed(self) -> bool:
        """Say whether some jobs are left out."""
        return self.filter != JobFilter()

    @property
    def is_plain(self) -> bool:
        """Say whether the kept totals by state are the right counts: nothing but the state narrows it."""
        return self.filter == JobFilter(states=self.states)

    @property
    def begins_with_newest(self) -> bool:
        """Say whether a new job belongs at the top."""
        return self.sort == NEWEST_FIRST and self.after is None

    def may_hold(self, job: JobSnapshot) -> bool:
        """Say whether a job may match; only the database knows about a text."""
        return self.may_match(job)

    def narrowed(self, **changes: Any) -> "HistoryView":
        """Return the view with some parts changed, from its beginning."""
        return replace(self, **{"after": None, **changes})

    def without(self, *names: str) -> "HistoryView":
        """Return the view that is no longer narrowed by these fields, from its beginning."""
        return self.narrowed(**{one.name: one.default for one in FIELDS if one.name in names})


def view_of(url: str) -> HistoryView:
    """Read an address; names it does not know are left alone.

    Raises:
        InvalidInput: a value cannot be; the message is a sentence that names it.
    """
    given = {name: text for name, text in parse_qsl(urlsplit(url).query) if text}
    narrowed = {
        one.name: _read(one.address, given[one.address], one.values.read, one.values.hint)
        for one in FIELDS
        if one.address in given
    }
    sort = _read("sort", given.get("sort", NEWEST_FIRST), _sort, "Known orders are " + ", ".join(SORTS) + ".")
    columns = _read("columns", given.get("columns", ""), _columns, "Columns are " + ", ".join(HEADINGS) + ".")
    return HistoryView(**narrowed, sort=sort, after=given.get("after"), columns=columns)


def _read(name: str, text: str, parse: Callable[[str], Any], hint: str) -> Any:
    try:
        return parse(text)
    except ValueError as problem:
        message = f"The address says {name}={text[:60]}, which is not known here."
        raise InvalidInput(message, hint=hint, fields=[FieldError(field=name, message=hint)]) from problem


def _columns(text: str) -> tuple[str, ...]:
    return read_columns(text.split(",")) if text else ()


def _sort(text: str) -> Sort:
    if text not in SORTS:
        raise ValueError(text)
    return text
