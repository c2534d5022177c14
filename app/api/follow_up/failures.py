"""Failures of one cause: list them, retry their jobs, dismiss them."""

from datetime import datetime
from typing import Annotated

from fastapi import Body, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.jobs import located
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, WHOLE, Confirmed, Instant, Listed
from app.api.protocol.routers import below_base
from app.db import JobSnapshot
from app.db.failures import groups
from app.db.failures.groups import FailureGroup, Standing
from app.db.queries.jobs import read_instant, read_place, written_place
from app.errors import FieldError, InvalidInput
from app.queue.acts.follow_up import failures

MAX_PAGE = 200

router = below_base("/failures", tags=["failures"])

Signature = Annotated[
    str, Path(min_length=1, max_length=200, description="the whole text of `error.signature`, percent-encoded")
]


class FailuresQuery(BaseModel):
    """Which groups, and which part of the list."""

    model_config = ConfigDict(extra="forbid")

    state: Standing | None = Field(default=None, description="open: those that need a look")
    since: Instant | None = Field(default=None, description="failed at or after this time")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 50
    after: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        pattern="^[A-Za-z0-9_=-]+$",
        description="`next` of the page before; anything else is refused",
    )


class AgainBody(BaseModel):
    """How they are run again."""

    model_config = ConfigDict(extra="forbid")

    confirmed: Confirmed = False


@router.get("", summary="List failures by cause")
def list_failures(query: Annotated[FailuresQuery, Query()]) -> Listed[FailureGroup]:
    """Answer the causes for which jobs failed, what failed last first."""
    after = _read_cursor(query.after) if query.after else None
    found = groups.list_groups(state=query.state, since=query.since, limit=query.limit + 1, after=after)
    page = found[: query.limit]
    return Listed(items=page, next=_cursor_of(page[-1]) if len(found) > len(page) else None)


@router.post("/{signature:path}/retry", status_code=202, dependencies=[NO_QUERY], summary="Retry the jobs of a cause")
def retry_failures(
    signature: Signature, response: Response, body: Annotated[AgainBody, Body(default_factory=AgainBody)]
) -> JobSnapshot:
    """Answer the job that retries those of its jobs that need a look; cancelled before it begins, it does nothing."""
    return located(failures.retry_all(signature, confirmed=body.confirmed, by=caller()), response)


@router.post("/{signature:path}/dismiss", dependencies=[NO_QUERY, NO_BODY], summary="Dismiss a cause")
def dismiss_failures(signature: Signature) -> FailureGroup:
    """Want no look at it until it comes again."""
    return failures.dismiss(signature, by=caller())


@router.post("/{signature:path}/take-back", dependencies=[NO_QUERY, NO_BODY], summary="Take a dismissal back")
def take_back_failures(signature: Signature) -> FailureGroup:
    """Want a look at it after all."""
    return failures.take_back(signature, by=caller())


def _cursor_of(group: FailureGroup) -> str:
    return written_place([group.last_at.isoformat(), group.signature])


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        at, signature = read_place(text)
        if not isinstance(signature, str) or "\0" in signature:
            raise ValueError("a signature is a text without NUL")
        signature.encode()  # half a surrogate pair is a ValueError
        return read_instant(at), signature
    except ValueError as error:
        message = "This is not a place in this list."
        raise InvalidInput(message, fields=[FieldError(field="after", message=message)]) from error
