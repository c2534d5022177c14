"""How rows of `job` are compared with what a query asks: the SQL conditions of its fields."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, and_, case, cast, func, literal_column, or_, type_coerce
from sqlmodel import col, select

from app.db.models.jobs import Job
from app.db.models.schedules import ScheduleRow
from app.db.queries.language.folding import fold, folded
from app.db.queries.language.tree import Operator, Term
from app.db.queries.language.values import Moment, Pattern, number_of_schedule
from app.db.sql.engine import engine
from app.db.states import State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROS_A_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Asking:
    """When and where a query is asked, for times in words."""

    now: datetime
    zone: tzinfo


def is_ordered(column: Any, operator: Operator, wanted: Any) -> ColumnElement[bool]:
    """Compare a column with a value of its own type."""
    found: ColumnElement[bool]
    match operator:
        case Operator.EQUALS:
            found = column == wanted
        case Operator.MORE:
            found = column > wanted
        case Operator.AT_LEAST:
            found = column >= wanted
        case Operator.LESS:
            found = column < wanted
        case Operator.AT_MOST:
            found = column <= wanted
    return found


def is_named(column: Any, wanted: Pattern) -> ColumnElement[bool]:
    """Say whether a column is exactly the text, or fits the pattern."""
    found: ColumnElement[bool]
    if wanted.is_anything:
        found = column.is_not(None)
    elif not wanted.is_pattern:
        found = column == wanted.text
    elif engine().dialect.name == "sqlite":
        found = column.bool_op("GLOB")(wanted.as_glob())  # its LIKE takes either case of a letter for the other
    else:
        found = column.like(wanted.as_like(), escape="/")
    return found


def contains(column: Any, wanted: Pattern) -> ColumnElement[bool]:
    """Say whether a text occurs in a column, whatever its case."""
    if wanted.is_anything:
        found: ColumnElement[bool] = column.is_not(None)
        return found
    text = fold(wanted.as_like())
    return folded(column, text).like(f"%{text}%", escape="/")


def is_in_state(term: Term, _: Asking) -> ColumnElement[bool]:
    """Say whether a job is in one of the states."""
    return col(Job.state).in_(sorted(term.value))


def runs_so_long(term: Term, asking: Asking) -> ColumnElement[bool]:
    """Compare how long the latest attempt ran; while it runs: so far."""
    now = (asking.now - _EPOCH) // timedelta(microseconds=1)
    so_far = now - _micros(Job.started_at)
    return or_(
        and_(col(Job.run_seconds).is_not(None), is_ordered(col(Job.run_seconds), term.operator, term.value)),
        and_(col(Job.state) == State.RUNNING, is_ordered(so_far, term.operator, round(term.value * _MICROS_A_SECOND))),
    )


def waited_so_long(term: Term, _: Asking) -> ColumnElement[bool]:
    """Compare how long it waited, from being due to the start of the latest attempt."""
    waited = _micros(Job.started_at) - _micros(Job.queued_at)
    return is_ordered(waited, term.operator, round(term.value * _MICROS_A_SECOND))


def is_made_after(term: Term, asking: Asking) -> ColumnElement[bool]:
    """Say whether a job was started at or after a moment."""
    moment: Moment = term.value
    return col(Job.created_at) >= moment.resolve(asking.now, asking.zone)


def is_made_before(term: Term, asking: Asking) -> ColumnElement[bool]:
    """Say whether a job was started before a moment."""
    moment: Moment = term.value
    return col(Job.created_at) < moment.resolve(asking.now, asking.zone)


def is_of_schedule(term: Term, _: Asking) -> ColumnElement[bool]:
    """Say whether a schedule started a job: one by its number, or those of a kind."""
    wanted: Pattern = term.value
    if wanted.is_anything:
        return col(Job.schedule_id).is_not(None)
    if (number := number_of_schedule(wanted)) is not None:
        return col(Job.schedule_id) == number
    return col(Job.schedule_id).in_(select(col(ScheduleRow.id)).where(is_named(col(ScheduleRow.kind), wanted)))


def error_as_read() -> ColumnElement[Any]:
    """Return type and message as people read them; NULL where the job has no error."""
    message: ColumnElement[Any] = col(Job.error_type) + ": " + func.coalesce(col(Job.error_message), "")
    return message


def result_as_read() -> ColumnElement[Any]:
    """Return what a job gave as people read it: a text as it is, all else as JSON."""
    result = col(Job.result)
    if engine().dialect.name == "sqlite":
        return case((func.json_type(result) == "text", func.json_extract(result, "$")), else_=cast(result, String))
    as_text = result.op("#>>", return_type=String())(literal_column("'{}'"))
    return case((func.json_typeof(result) == "string", as_text), else_=cast(result, String))


def _micros(column: Any) -> ColumnElement[int]:
    """Return a stored instant as the number that it is in the database."""
    return type_coerce(col(column), BigInteger)
