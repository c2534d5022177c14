"""Notices: who wants to hear of what, and how; a test of each, and the log of what was sent."""

from typing import Annotated, Any, cast

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, WHOLE, WHOLE_NUMBER, JobId, Listed
from app.api.protocol.routers import below_base
from app.db.queries.jobs import MAX_ID
from app.db.queries.notices import get_notice as read_notice
from app.db.queries.notices import list_deliveries as read_deliveries
from app.db.queries.notices import list_notices as read_notices
from app.db.snapshots.notice import Delivery, Notice, NoticeEvent
from app.db.snapshots.snapshot import Instant
from app.queue.acts import notices
from app.queue.acts.notices import MAX_ADDRESSES, MAX_NAME_LENGTH, MAX_TEXT_LENGTH, Kept, Wish

MAX_PAGE = 200
router = below_base("/notices", tags=["notices"])
ShortText = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
Address = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH)]


class When(BaseModel):
    """Of what it tells: all that is given has to match."""

    model_config = ConfigDict(extra="forbid")

    q: str | None = Field(default=None, max_length=MAX_TEXT_LENGTH, description="jobs that match, as in the search box")
    kind: ShortText | None = None
    tag: ShortText | None = None
    job_id: Annotated[int, Field(ge=1, le=MAX_ID), WHOLE_NUMBER] | None = Field(
        default=None, description="this job alone; of its end it tells once"
    )
    events: list[NoticeEvent] = Field(min_length=1, max_length=len(NoticeEvent), description="finished: any end")


class To(BaseModel):
    """Where to; each that is given gets its own message."""

    model_config = ConfigDict(extra="forbid")

    webhook: Address | None = Field(default=None, description="gets JSON, signed as Standard Webhooks says")
    slack: Address | None = Field(default=None, description="an incoming webhook of Slack; shown without its path")
    teams: Address | None = Field(default=None, description="a workflow of Teams; shown without its path")
    email: Address | Annotated[list[Address], Field(max_length=MAX_ADDRESSES)] | None = None
    desktop: bool | None = Field(default=None, strict=True, description="in the open tabs that allow it")


class ChangeBody(BaseModel):
    """What to change about a notice; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: ShortText = ""
    when: When = Field(default_factory=lambda: When.model_construct(events=[]))
    to: To = Field(default_factory=To)
    enabled: bool = Field(default=True, strict=True)

    def as_wish(self) -> Wish:
        """Return what was said."""
        said: dict[str, Any] = {}
        if "name" in self.model_fields_set:
            said["name"] = self.name
        if "when" in self.model_fields_set:
            said.update({name: getattr(self.when, name) for name in ("q", "kind", "tag", "job_id", "events")})
        if "to" in self.model_fields_set:
            said["to"] = self.to.model_dump(exclude_none=True)
        if "enabled" in self.model_fields_set:
            said["is_enabled"] = self.enabled
        return cast("Wish", said)  # the fields are those of a Wish


class CreateBody(ChangeBody):
    """A notice to make."""

    name: ShortText
    when: When
    to: To


class ListQuery(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    job_id: Annotated[int, Field(ge=1, le=MAX_ID), WHOLE] | None = Field(
        default=None, description="only those of this job alone"
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 100
    after: Annotated[int, Field(ge=0, le=MAX_ID), WHOLE] | None = Field(
        default=None, description="`next` of the page before"
    )


class DeliveryQuery(BaseModel):
    """Which part of the log, the latest first."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 50
    after: Annotated[int, Field(ge=1, le=MAX_ID), WHOLE] | None = Field(
        default=None, description="`next` of the page before"
    )


class WhenInfo(BaseModel):
    """Of what it tells."""

    q: str | None
    kind: str | None
    tag: str | None
    job_id: int | None
    events: list[NoticeEvent]


class NoticeInfo(BaseModel):
    """A notice."""

    id: int
    name: str
    when: WhenInfo
    to: dict[str, JsonValue] = Field(description="what was given; addresses that are secrets without their path")
    enabled: bool = Field(description="false: it tells nothing; one of a job is so once it has told of its end")
    created_at: Instant
    created_by: str


class KeptInfo(NoticeInfo):
    """A notice that was made or changed."""

    secret: str | None = Field(
        description="what its webhook is signed with; said this once, and null where it was not made now"
    )


@router.get("", summary="List notices")
def list_notices(query: Annotated[ListQuery, Query()]) -> Listed[NoticeInfo]:
    """Answer the notices by number."""
    found = read_notices(after=query.after or 0, limit=query.limit + 1, job_id=query.job_id)
    page = [_info(one) for one in found[: query.limit]]
    return Listed(items=page, next=str(page[-1].id) if len(found) > len(page) else None)


@router.post("", status_code=201, dependencies=[NO_QUERY], summary="Make a notice")
def create_notice(body: CreateBody, response: Response) -> KeptInfo:
    """Make a notice; it tells of what happens from this answer on."""
    kept = notices.create(body.as_wish(), by=caller())
    response.headers["Location"] = f"/api/v1/notices/{kept.notice.id}"
    return _kept(kept)


@router.get("/{id}", dependencies=[NO_QUERY], summary="Get a notice")
def get_notice(notice_id: JobId) -> NoticeInfo:
    """Answer one notice."""
    return _info(read_notice(notice_id))


@router.patch("/{id}", dependencies=[NO_QUERY], summary="Change a notice")
def change_notice(notice_id: JobId, body: ChangeBody) -> KeptInfo:
    """Change what is named; `when` and `to` are each taken as a whole."""
    return _kept(notices.edit(notice_id, body.as_wish(), by=caller()))


@router.delete("/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Delete a notice")
def delete_notice(notice_id: JobId) -> None:
    """Remove it with the log of what it sent."""
    notices.delete(notice_id, by=caller())


@router.post("/{id}/secret", dependencies=[NO_QUERY, NO_BODY], summary="Renew the secret of a notice")
def renew_secret(notice_id: JobId) -> KeptInfo:
    """Sign its webhook with another secret from now on, and answer that."""
    return _kept(notices.renew_secret(notice_id, by=caller()))


@router.post("/{id}/test", status_code=202, dependencies=[NO_QUERY, NO_BODY], summary="Test a notice")
def test_notice(notice_id: JobId) -> Listed[Delivery]:
    """Send a message over each of its channels, also where it is not enabled; answer their deliveries."""
    ids = set(notices.test(notice_id, by=caller()))
    return Listed(items=[one for one in read_deliveries(notice_id) if one.id in ids])


@router.get("/{id}/deliveries", summary="List what a notice sent")
def list_deliveries(notice_id: JobId, query: Annotated[DeliveryQuery, Query()]) -> Listed[Delivery]:
    """Answer its messages, the latest first, each with what was answered to every attempt."""
    read_notice(notice_id)
    found = read_deliveries(notice_id, before=query.after, limit=query.limit + 1)
    page = found[: query.limit]
    return Listed(items=page, next=str(page[-1].id) if len(found) > len(page) else None)


def _info(notice: Notice) -> NoticeInfo:
    return NoticeInfo.model_validate(_values(notice))


def _kept(kept: Kept) -> KeptInfo:
    return KeptInfo.model_validate({**_values(kept.notice), "secret": kept.secret})


def _values(notice: Notice) -> dict[str, Any]:
    values = notice.model_dump()
    return {**values, "when": {name: values[name] for name in WhenInfo.model_fields}, "enabled": notice.is_enabled}
