"""The fields of a query, each declared once: how its value is read, and which jobs it matches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from app.db.models.jobs import Job
from app.db.queries.language import comparisons, values
from app.db.queries.language.comparisons import Asking
from app.db.queries.language.json_values import has_value
from app.db.queries.language.tree import Operator, Term

_ANY = frozenset(Operator)
_EQUALS = frozenset({Operator.EQUALS})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryField:
    """Something that a query can ask for by name.

    Attributes:
        example: a whole term, for people.
        description: what it matches, for people.
        read: text, whether it was quoted → value; raises `ValueError` with a sentence of what is expected.
        condition: the jobs that match a term.
        operators: those that it takes.
        has_path: whether keys follow its name.
    """

    example: str
    description: str
    read: Callable[[str, bool], Any]
    condition: Callable[[Term, Asking], ColumnElement[bool]]
    operators: frozenset[Operator] = _EQUALS
    has_path: bool = False


def _name(column: str, example: str, description: str) -> QueryField:
    """Declare a field that is one text: the whole of it, or a pattern with `*`."""
    return QueryField(
        example=example,
        description=description,
        read=values.read_pattern,
        condition=lambda term, _: comparisons.is_named(col(getattr(Job, column)), term.value),
    )


def _text(expression: Callable[[], Any], example: str, description: str) -> QueryField:
    """Declare a field in which a text is searched for, whatever its case."""
    return QueryField(
        example=example,
        description=description,
        read=values.read_pattern,
        condition=lambda term, _: comparisons.contains(expression(), term.value),
    )


def _number(column: str, read: Callable[[str], int], example: str, description: str) -> QueryField:
    """Declare a field that is a whole number."""
    return QueryField(
        example=example,
        description=description,
        read=lambda text, _: read(text),
        condition=lambda term, _: comparisons.is_ordered(col(getattr(Job, column)), term.operator, term.value),
        operators=_ANY,
    )


def _measured(condition: Callable[[Term, Asking], ColumnElement[bool]], example: str, description: str) -> QueryField:
    """Declare a field that is a duration: no two are equal, so it is only more or less than one."""
    return QueryField(
        example=example,
        description=description,
        read=lambda text, _: values.read_seconds(text),
        condition=condition,
        operators=_ANY - _EQUALS,
    )


def _moment(condition: Callable[[Term, Asking], ColumnElement[bool]], example: str, description: str) -> QueryField:
    """Declare a field that is an instant."""
    return QueryField(
        example=example, description=description, read=lambda text, _: values.read_moment(text), condition=condition
    )


FIELDS: Mapping[str, QueryField] = {
    "state": QueryField(
        example="state:failed",
        description="is in this state; several with commas",
        read=lambda text, _: values.read_states(text),
        condition=comparisons.is_in_state,
    ),
    "kind": _name("kind", "kind:import_*", "is of this kind; * stands for any characters"),
    "queue": _name("queue", "queue:mail", "is in this queue"),
    "priority": _name("priority", "priority:high", "has this priority"),
    "tag": QueryField(
        example="tag:nightly",
        description="has this tag",
        read=values.read_pattern,
        condition=lambda term, _: has_value(col(Job.tags), (), term.operator, term.value),
    ),
    "by": _name("created_by", "by:ops", "was started by this person, token or schedule"),
    "worker": _name("worker", "worker:host-2*", "ran on this worker last"),
    "params": QueryField(
        example="params.customer.id:123",
        description="has this value in its parameters, or as an element of a list there",
        read=values.read_value,
        condition=lambda term, _: has_value(col(Job.params), term.path, term.operator, term.value),
        operators=_ANY,
        has_path=True,
    ),
    "title": _text(lambda: col(Job.title), 'title:"nightly import"', "has this text in its title"),
    "error": _text(comparisons.error_as_read, "error:timeout", "ended with this text in its error; error:* with any"),
    "result": _text(comparisons.result_as_read, 'result:"3 rows"', "has this text in its result"),
    "duration": _measured(comparisons.runs_so_long, "duration:>30s", "ran longer or shorter than this"),
    "wait": _measured(comparisons.waited_so_long, "wait:>5m", "waited longer or shorter than this before it ran"),
    "attempt": _number("attempt", values.read_count, "attempt:>1", "has come to this attempt"),
    "after": _moment(comparisons.is_made_after, "after:2026-11-01", "was started at or after this time"),
    "before": _moment(comparisons.is_made_before, "before:yesterday", "was started before this time"),
    "schedule": QueryField(
        example="schedule:3",
        description="was started by this schedule, or by those of this kind; schedule:* by any",
        read=values.read_schedule,
        condition=comparisons.is_of_schedule,
    ),
    "id": _number("id", values.read_id, "id:>500", "has this number"),
    "parent": _number("parent_id", values.read_id, "parent:12", "was started by this job"),
}
"""Name → field, in the order in which they are offered."""
