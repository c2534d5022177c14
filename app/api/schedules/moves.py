"""Schedules that come from other programs, shown first and then made; instants that are run afterwards."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from app.api.jobs import located
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_QUERY, JobId
from app.api.protocol.parameters import Instant as GivenInstant
from app.api.protocol.routers import below_base
from app.db import JobSnapshot
from app.db.clock import now
from app.db.snapshots.snapshot import Instant
from app.errors import FieldError, InvalidInput
from app.queue.acts.schedules import backfilling, reading
from app.queue.acts.schedules.moving import exporting, importing
from app.queue.acts.schedules.moving.importing import MAX_CHARACTERS, Import, Item
from app.queue.calendar.days_off import MAX_CHARACTERS as MAX_CALENDAR
from app.queue.calendar.days_off import BadDays, calendar_days, public_holidays
from app.queue.calendar.zones import find_zone

router = below_base(tags=["schedules"])


class ImportBody(BaseModel):
    """A crontab, timers of systemd or a Celery beat schedule, as text."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=MAX_CHARACTERS, description="systemd: units as `systemctl cat` prints them")
    format: Literal["crontab", "systemd", "celery"]
    timezone: str | None = Field(
        default=None,
        max_length=100,
        description="of the machine on which it is in use; null: of this one (Celery: UTC)",
    )
    system: bool | None = Field(
        default=None, strict=True, description="of a crontab: whether lines name a user; null: told by the lines"
    )
    kinds: dict[Annotated[str, Field(max_length=400)], Annotated[str, Field(max_length=400)]] = Field(
        default_factory=dict, description="task of Celery → the kind that stands for it"
    )
    dry_run: bool = Field(default=True, strict=True, description="true: nothing is made; false: what has no problem is")


class DaysOffBody(BaseModel):
    """A country, or a calendar file; one of both."""

    model_config = ConfigDict(extra="forbid")

    holidays: str | None = Field(default=None, max_length=20, description="a country as DE, or a part of it as DE-BY")
    calendar: str | None = Field(default=None, max_length=MAX_CALENDAR, description="the text of an .ics file")
    timezone: str = Field(default="UTC", max_length=100, description="where the days are, for events with a time")

    @model_validator(mode="after")
    def _check_choice(self) -> "DaysOffBody":
        if (self.holidays is None) == (self.calendar is None):
            raise ValueError("say holidays or calendar, one of both")
        return self


class DaysOff(BaseModel):
    """Days, in order."""

    days: list[date]


class BackfillBody(BaseModel):
    """A time that is past."""

    model_config = ConfigDict(extra="forbid")

    since: GivenInstant
    until: GivenInstant


class ImportedSchedule(BaseModel):
    """What an entry becomes: the body of `POST /schedules`, with its rule in words."""

    id: int | None = Field(description="the schedule that was made; null: none was, or not yet")
    name: str
    kind: str
    params: dict[str, JsonValue]
    cron: str | list[str] | None
    every_seconds: int | None
    aligned: bool
    at: Instant | None
    timezone: str
    misfire: str
    overlap: str
    sentence: str


class DifferenceInfo(BaseModel):
    """An instant at which both do not do the same; null: it does not fire then."""

    instant_there: Instant | None
    instant_here: Instant | None
    why: str


class ImportItem(BaseModel):
    """An entry of the text and what becomes of it."""

    source: str
    schedule: ImportedSchedule | None = Field(description="null: nothing can be made of it")
    differs: list[DifferenceInfo] = Field(
        description="of the next 100 instants, and of those around each change of the clock in the coming year"
    )
    remarks: list[str]
    problem: str | None = Field(description="why it is not made; null: nothing keeps it from that")


class CalendarQuery(BaseModel):
    """What a calendar can say: only its address."""

    model_config = ConfigDict(extra="forbid")

    access_token: str | None = Field(
        default=None, description="a token, where there are accounts: one of the scope `read` makes a secret address"
    )


class ImportAnswer(BaseModel):
    """All entries."""

    items: list[ImportItem]


@router.get(
    "/schedules.ics",
    summary="The coming instants as a calendar",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
def get_calendar(query: Annotated[CalendarQuery, Query()]) -> Response:
    """Answer the instants of the coming 28 days for a calendar that subscribes to it."""
    written = exporting.calendar(reading.list_states(), at=now())
    return Response(written, media_type="text/calendar")


@router.post("/schedules/import", dependencies=[NO_QUERY], summary="Take schedules over from another program")
def import_schedules(body: ImportBody) -> ImportAnswer:
    """Answer what each entry becomes and where its instants differ; unless it is a dry run, make the schedules."""
    asked = Import(text=body.text, format=body.format, timezone=body.timezone, is_system=body.system, kinds=body.kinds)
    act = importing.look if body.dry_run else importing.take_over
    return ImportAnswer(items=[_item(one) for one in act(asked, by=caller())])


@router.post("/schedules/days-off", dependencies=[NO_QUERY], summary="Days for `exclude`, from elsewhere")
def list_days_off(body: DaysOffBody) -> DaysOff:
    """Answer the public holidays of a place, or the days of a calendar file, of the coming five years."""
    zone = find_zone(body.timezone)
    if zone is None:
        message = f"There is no time zone {body.timezone!r}; write it as Europe/Berlin or UTC."
        raise InvalidInput(fields=[FieldError(field="timezone", message=message)])
    today = now().astimezone(zone).date()
    try:
        if body.holidays is not None:
            return DaysOff(days=public_holidays(body.holidays, begin=today))
        return DaysOff(days=calendar_days(body.calendar or "", zone=zone, begin=today))
    except BadDays as error:
        field = "holidays" if body.holidays is not None else "calendar"
        raise InvalidInput(fields=[FieldError(field=field, message=str(error))]) from error


@router.post(
    "/schedules/{id}/backfill", status_code=202, dependencies=[NO_QUERY], summary="Run a schedule's missed instants"
)
def backfill_schedule(schedule_id: JobId, body: BackfillBody, response: Response) -> JobSnapshot:
    """Answer the job that starts one for each instant without a job; cancelled before it begins, it starts none."""
    asked = backfilling.ask(schedule_id, since=body.since, until=body.until, by=caller())
    return located(asked, response)


def _item(item: Item) -> ImportItem:
    return ImportItem(
        source=item.source,
        schedule=_schedule(item) if item.rule is not None else None,
        differs=[DifferenceInfo.model_validate(one, from_attributes=True) for one in item.differs],
        remarks=item.remarks,
        problem=item.problem,
    )


def _schedule(item: Item) -> ImportedSchedule:
    rule = item.rule
    assert rule is not None
    values: dict[str, Any] = {
        "id": item.schedule_id,
        "name": item.name,
        "kind": item.kind,
        "params": item.shown_params,
        "cron": None if not rule.cron else rule.cron[0] if len(rule.cron) == 1 else list(rule.cron),
        "every_seconds": rule.every_seconds,
        "aligned": rule.is_aligned,
        "at": rule.at,
        "timezone": rule.timezone,
        "sentence": item.sentence,
        **item.policies,
    }
    return ImportedSchedule.model_validate(values)
