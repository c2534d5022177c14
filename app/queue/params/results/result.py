"""A parameter that stands for what an earlier job returned. In params it is that job's number; in the job a value."""

from itertools import count
from typing import Any, Generic, Self, TypeVar, cast, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.db import JobSnapshot, State
from app.db.queries.jobs import MAX_ID, get_job
from app.errors import InvalidInput, NotFound, WrongState

T = TypeVar("T")
_NO_NUMBER = "Enter a job's number, as 12."
_NOTHING: Any = object()
_numbers = count(1)
"""Of results without a job."""


class Result(Generic[T]):
    """What an earlier job returned, by reference: it is read when `value` is asked for."""

    def __init__(self, job: JobSnapshot | int, type_: Any = Any) -> None:
        """Name a job; `type_`: what it has to have returned."""
        self.job_id = job if isinstance(job, int) else job.id
        self._type = type_
        self._value = _NOTHING

    @classmethod
    def of(cls, value: T) -> Self:
        """Make one of a value, without a job: for `kind.run_inline` in a test."""
        made = cls(next(_numbers))
        made._value = value
        return made

    @property
    def value(self) -> T:
        """What the job returned.

        Raises:
            NotFound: the job was deleted.
            WrongState: it did not succeed.
            InvalidInput: it returned something else.
            Unavailable: the database is away.
        """
        if self._value is _NOTHING:
            self._value = self._read()
        return cast("T", self._value)

    def _read(self) -> Any:
        try:
            job = get_job(self.job_id)
        except NotFound as error:
            raise NotFound(f"The result of job #{self.job_id} is gone: the job was deleted.") from error
        if (said := unusable(job)) is not None:
            raise WrongState(said)
        try:
            return TypeAdapter(self._type).validate_python(job.result)
        except ValidationError as error:
            raise InvalidInput(f"Job #{job.id} {job.title} returned something else than is needed here.") from error

    def __eq__(self, other: object) -> bool:
        """Equal when it is of the same job."""
        return isinstance(other, Result) and other.job_id == self.job_id

    def __hash__(self) -> int:
        """Hash as the job's number."""
        return hash(self.job_id)

    def __repr__(self) -> str:
        """Show the job's number."""
        return f"Result({self.job_id})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from a job's number, write as one."""
        type_ = (get_args(source) or (Any,))[0]
        return core_schema.no_info_plain_validator_function(
            lambda value: cls._taken(value, type_),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda result: result.job_id),
        )

    @classmethod
    def _taken(cls, value: Any, type_: Any) -> "Result[Any]":
        if isinstance(value, Result):
            if value._value is _NOTHING:
                return cls(value.job_id, type_)
            return value
        if isinstance(value, JobSnapshot):
            return cls(value, type_)
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            value = int(value)
        if type(value) is not int or not 0 < value <= MAX_ID:
            raise ValueError(_NO_NUMBER)
        return cls(value, type_)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe it as a job's number."""
        return {
            "type": "integer",
            "format": "job",
            "minimum": 1,
            "description": "the number of the job that returned it",
        }


def unusable(job: JobSnapshot) -> str | None:
    """Say why a job that has ended has no result to be used; None: it has one, or may have."""
    if job.state in (State.FAILED, State.CANCELLED):
        ended = "failed" if job.state is State.FAILED else "was cancelled"
        return f"Job #{job.id} {job.title} {ended}: it has no result."
    return None
