"""What a field is that a list of jobs can be narrowed by, and the kinds of values that such fields have.

The fields themselves are declared in `filters.py`, each once: addresses, the API, the tags above the list and the acts
on many jobs are made of the declaration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import eq, ge, le, lt
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, literal_column
from sqlmodel import col

from app.db.models.jobs import Job
from app.db.queries.cursors import MAX_ID
from app.db.queries.language import Asking, condition_of, parse
from app.db.states import State

# NOTE: the condition of the partial index ix_job_failed in app/db/schema.py; SQLite wants it as a literal.
IS_FAILED: ColumnElement[bool] = col(Job.state) == literal_column(f"'{State.FAILED}'")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueKind:
    """What a field's values are: in JSON, as the text of an address, and for people.

    Attributes:
        json_type: the type in JSON, as Pydantic understands it.
        read: text → value; raises `ValueError` where it is none.
        hint: what such a text looks like, in a sentence.
        write: value → text for an address.
        show: value → text for people.
        to_json: value → JSON.
        from_json: JSON → value.
    """

    json_type: Any
    read: Callable[[str], Any]
    hint: str = ""
    write: Callable[[Any], str] = str
    show: Callable[[Any], str] = str
    to_json: Callable[[Any], Any] = lambda value: value
    from_json: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """How a job is compared with the value that is wanted.

    Attributes:
        in_sql: column, wanted value → the condition; None: the value is a query, which has conditions of its own.
        in_python: the job's value (never None), wanted value → whether it matches.
    """

    in_sql: Callable[[Any, Any], ColumnElement[bool]] | None
    in_python: Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilterField:
    """One thing that a list of jobs can be narrowed by.

    Attributes:
        name: in `JobFilter`.
        column: of `job`, and of its snapshot.
        comparison: of the column with the wanted value.
        values: what can be wanted.
        default: the value that narrows nothing.
        query: its name in the API; None: only programs of ours narrow by it.
        address: its name in the address of the history.
        label: what stands before the value in the tag above the list; empty: the page has a control for it.
        description: for the API.
    """

    name: str
    column: str
    comparison: Comparison
    values: ValueKind
    default: Any
    query: str | None
    address: str | None
    label: str
    description: str

    def condition(self, wanted: Any, asked: Asking) -> ColumnElement[bool]:
        """Return the SQL condition of the jobs that match."""
        if self.comparison.in_sql is None:
            return condition_of(parse(wanted), asked)
        return self.comparison.in_sql(col(getattr(Job, self.column)), wanted)

    def matches(self, job: object, wanted: Any) -> bool:
        """Say whether a job's snapshot may match; whether a text matches only the database can say."""
        if self.comparison is MATCHES_QUERY:
            return True
        if self.comparison is BEGINS_FLOW:
            return self.comparison.in_python(job, wanted)
        value = getattr(job, self.column)
        return value is not None and self.comparison.in_python(value, wanted)


def _read_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MAX_ID):
        raise ValueError(text)
    return int(text)


def _read_instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at


def _read_states(text: str) -> frozenset[State]:
    return frozenset(State(name.strip()) for name in text.split(","))


def _is_one_of(column: ColumnElement[str], states: frozenset[State]) -> ColumnElement[bool]:
    return IS_FAILED if states == {State.FAILED} else column.in_(sorted(states))


def _begins_flow(_column: ColumnElement[int | None], _wanted: str) -> ColumnElement[bool]:
    return and_(col(Job.parent_id).is_(None), col(Job.after_when).is_(None))


def _read_part(text: str) -> str:
    if text != "first":
        raise ValueError(text)
    return text


BEGINS_FLOW = Comparison(in_sql=_begins_flow, in_python=lambda job, _wanted: job.parent_id is None and not job.after)
MATCHES_QUERY = Comparison(in_sql=None, in_python=lambda _value, _wanted: True)
IS_ONE_OF = Comparison(in_sql=_is_one_of, in_python=lambda state, wanted: state in wanted)
EQUALS = Comparison(in_sql=eq, in_python=eq)
AT_LEAST = Comparison(in_sql=ge, in_python=ge)
AT_MOST = Comparison(in_sql=le, in_python=le)
BEFORE = Comparison(in_sql=lt, in_python=lt)

WORDS = ValueKind(json_type=str, read=str.strip)
NAMES = ValueKind(json_type=str | None, read=str)
FLOW_PARTS = ValueKind(
    json_type=Literal["first"] | None, read=_read_part, hint="Only `first` is known.", show=lambda _: "in one row"
)
IDS = ValueKind(json_type=int | None, read=_read_id, hint="A job's number looks like 12.", show="#{}".format)
INSTANTS = ValueKind(
    json_type=datetime | None,
    read=_read_instant,
    hint="A time looks like 2026-01-31T08:30:00Z.",
    write=datetime.isoformat,
    show=lambda at: f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC",
)
STATES = ValueKind(
    json_type=list[State],
    read=_read_states,
    hint="Known states are " + ", ".join(State) + ".",
    write=lambda states: ",".join(sorted(states)),
    show=lambda states: ", ".join(sorted(states)),
    to_json=sorted,
    from_json=lambda names: frozenset(State(name) for name in names),
)
