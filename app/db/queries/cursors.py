"""The orders of the list of jobs, and cursors: texts that say where in an order a page begins."""

import base64
import json
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from app.db.models.jobs import Job
from app.errors import FieldError, InvalidInput

Sort = Literal["-id", "id", "-started_at", "started_at", "-finished_at", "finished_at", "-run_seconds", "run_seconds"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MAX_ID = 2**63 - 1


def beyond(sort: Sort, cursor: list[Any]) -> ColumnElement[bool]:
    """Take the jobs that come after the cursor's."""
    job_id = col(Job.id)
    by_id: ColumnElement[bool] = job_id < cursor[-1] if sort.startswith("-") else job_id > cursor[-1]
    return _with_value(sort, cursor, by_id=by_id, is_descending=sort.startswith("-"))


def before(sort: Sort, cursor: list[Any]) -> ColumnElement[bool]:
    """Take the cursor's job and those that come before it."""
    job_id = col(Job.id)
    by_id: ColumnElement[bool] = job_id >= cursor[-1] if sort.startswith("-") else job_id <= cursor[-1]
    return _with_value(sort, cursor, by_id=by_id, is_descending=not sort.startswith("-"))


def _with_value(
    sort: Sort, cursor: list[Any], *, by_id: ColumnElement[bool], is_descending: bool
) -> ColumnElement[bool]:
    """Compare the value of the order's column first; among the jobs with the cursor's value, `by_id` decides."""
    if sort.lstrip("-") == "id":
        return by_id
    column, value = col(getattr(Job, sort.lstrip("-"))), cursor[0]
    # The first comparison excludes nothing more, but the database uses it to enter the index where the page begins.
    if is_descending:
        return and_(column <= value, or_(column < value, by_id))
    return and_(column >= value, or_(column > value, by_id))


def in_order(sort: Sort, *, is_backwards: bool = False) -> list[ColumnElement[Any]]:
    """Return what to order by; jobs of the same value stand by their ids."""
    names = ["id"] if sort.lstrip("-") == "id" else [sort.lstrip("-"), "id"]
    columns = [col(getattr(Job, name)) for name in names]
    return [column.desc() if sort.startswith("-") is not is_backwards else column.asc() for column in columns]


def cursor_of(sort: Sort, row: Job) -> str:
    """Write the place of a job in an order as a text for addresses."""
    name = sort.lstrip("-")
    return cursor_at(sort, [row.id] if name == "id" else [getattr(row, name), row.id])


def cursor_at(sort: Sort, place: list[Any]) -> str:
    """Write a place as `read_cursor` gives it as a text for addresses."""
    return written_place([sort, *(value.isoformat() if isinstance(value, datetime) else value for value in place)])


def written_place(parts: list[Any]) -> str:
    """Write what JSON holds as a text for addresses; `read_place` reads it."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read_place(cursor: str) -> list[Any]:
    """Read what `written_place` wrote. Anybody may have written another text.

    Raises:
        ValueError: it is none.
    """
    try:
        read = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(read, list):
        raise ValueError("it is no list")
    return read


def read_instant(value: object) -> datetime:
    """Read an instant of a place.

    Raises:
        ValueError: it is none, or of no zone.
    """
    at = datetime.fromisoformat(value) if isinstance(value, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("it is no instant")
    return at


def read_cursor(cursor: str, sort: Sort) -> list[Any]:
    """Read a cursor: the value of the order's column, unless that column is the id, and the id.

    Raises:
        InvalidInput: the text is no cursor of this order.
    """
    try:
        of, *place = read_place(cursor)
        *values, job_id = place
        if of != sort or type(job_id) is not int or not 0 < job_id <= MAX_ID:
            raise ValueError
        if len(values) != (0 if sort.lstrip("-") == "id" else 1):
            raise ValueError
        return [*(_sort_value(sort, value) for value in values), job_id]
    except ValueError as error:
        message = "This is not a place in this list (the sort order may have changed)."
        raise InvalidInput(message, fields=[FieldError(field="after", message=message)]) from error


def _sort_value(sort: Sort, value: object) -> datetime | float:
    if sort.endswith("_at"):
        return read_instant(value)
    # A bool is an int, and NaN fails the comparison too.
    if type(value) not in (int, float) or not abs(value) <= MAX_ID:  # type: ignore[arg-type]  # checked just before
        raise ValueError
    return float(value)  # type: ignore[arg-type]  # checked just before
