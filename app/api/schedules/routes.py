"""Schedules: list, make, change, pause, run and delete them, see what became of their instants; read an expression."""

from datetime import date, time
from typing import Annotated, Any, cast

from fastapi import Body, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints

from app.api.jobs import located
from app.api.protocol.caller import caller
from app.api.protocol.parameters import KIND, NO_BODY, NO_QUERY, WHOLE, WHOLE_NUMBER, Confirmed, Instant, JobId, Listed
from app.api.protocol.routers import below_base
from app.api.schedules.answers import ComingInfo, CronInfo, LastRun, OverdueInfo, Paused, ScheduleInfo
from app.db import JobSnapshot
from app.db.clock import now
from app.db.queries import schedules
from app.db.snapshots.parts import When
from app.db.snapshots.schedule import Fire, Misfire, Overlap, Schedule, ScheduleChange
from app.db.snapshots.snapshot import rfc3339
from app.errors import FieldError, InvalidInput
from app.queue.acts.schedules import changing, reading
from app.queue.acts.schedules.changing import MAX_FAILURES, MAX_NAME_LENGTH, MAX_REASON_LENGTH, MAX_SECONDS, Wish
from app.queue.acts.schedules.following import MOST_FOLLOWERS
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import read_day, read_time
from app.queue.calendar.coming import coming
from app.queue.calendar.remarks import remarks
from app.queue.calendar.rule import MAX_EVERY_SECONDS, MAX_EXCLUDED, MAX_EXPRESSIONS, MAX_WINDOWS, Rule, problems
from app.queue.calendar.sentences import sentence

MAX_PAGE = 200
MAX_COMING = 200
_MAX_TEXT = 400

router = below_base(tags=["schedules"])


def _read_day(value: object) -> date:
    return read_day(value if isinstance(value, str) else "")


def _read_time(value: object) -> time:
    return read_time(value if isinstance(value, str) else "")


Day = Annotated[date, BeforeValidator(_read_day, json_schema_input_type=str)]
TimeOfDay = Annotated[time, BeforeValidator(_read_time, json_schema_input_type=str)]
Expression = Annotated[str, StringConstraints(max_length=_MAX_TEXT)]
Seconds = Annotated[int, Field(ge=1, le=MAX_SECONDS), WHOLE_NUMBER]


class FollowBody(BaseModel):
    """A job that follows."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, KIND]
    params: dict[str, JsonValue] = Field(default_factory=dict, description="those of the kind; dots keep a secret")
    when: When = Field(default="succeeded", description="how the one before has to end")


class ChangeBody(BaseModel):
    """What to change about a schedule; what is left out stays as it is. One of `cron`, `every_seconds` and `at`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=MAX_NAME_LENGTH, description="empty: the title of its kind")
    params: dict[str, JsonValue] = Field(default_factory=dict, description="those of the kind; dots keep a secret")
    cron: Expression | Annotated[list[Expression], Field(min_length=1, max_length=MAX_EXPRESSIONS)] | None = Field(
        default=None, description="five fields, or six with the seconds first; several: it fires where any does"
    )
    every_seconds: Annotated[int, Field(ge=1, le=MAX_EVERY_SECONDS), WHOLE_NUMBER] | None = Field(default=None)
    aligned: bool = Field(
        default=True, strict=True, description="intervals on multiples since 1970; false: from the start before"
    )
    at: Instant | None = Field(default=None, description="the only instant; one that is past is refused")
    timezone: str = Field(default="UTC", max_length=100, description="as Europe/Berlin")
    exclude: list[Day] = Field(default_factory=list, max_length=MAX_EXCLUDED, description="local days without a fire")
    not_between: list[tuple[TimeOfDay, TimeOfDay]] = Field(
        default_factory=list, max_length=MAX_WINDOWS, description='local hours without a fire, as [["22:00", "06:00"]]'
    )
    misfire: Misfire = Field(default="once", description="missed instants: one job for all, one for each, none")
    misfire_after_seconds: Seconds = Field(default=60, description="an instant that is less late was not missed")
    overlap: Overlap = Field(default="allow", description="while a job of the schedule is unfinished")
    late_after_seconds: Seconds | None = Field(
        default=None, description="so long after its instant its job has to be done; null: learned from its runs"
    )
    pause_after_failures: Annotated[int, Field(ge=1, le=MAX_FAILURES), WHOLE_NUMBER] | None = Field(default=None)
    then: list[FollowBody] = Field(
        default_factory=list,
        max_length=MOST_FOLLOWERS,
        description="started with each of its jobs, to wait: the first for that job, each other one for the one before",
    )
    enabled: bool = Field(default=True, strict=True, description="false: paused")

    def as_wish(self) -> Wish:
        """Return what was said."""
        said: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"kind", "enabled"}}
        if isinstance(said.get("cron"), str):
            said["cron"] = [said["cron"]]
        if "then" in said:
            said["then"] = [one.model_dump() for one in self.then]
        for name in ("cron", "exclude", "not_between"):
            if name in said:
                said[name] = tuple(said[name] or ())
        return cast("Wish", said)  # the fields are those of a Wish


class CreateBody(ChangeBody):
    """A schedule to make."""

    kind: Annotated[str, KIND]


class RunBody(BaseModel):
    """What to change for a run now."""

    model_config = ConfigDict(extra="forbid")

    params: dict[str, JsonValue] | None = Field(default=None, description="other params, for this job alone")
    confirmed: Confirmed = False


class PauseBody(BaseModel):
    """How long a schedule is paused, and why."""

    model_config = ConfigDict(extra="forbid")

    until: Instant | None = Field(default=None, description="when it goes on by itself; null: it does not")
    reason: str = Field(default="", max_length=MAX_REASON_LENGTH, description="said with every instant that it skips")


class ListQuery(BaseModel):
    """Which schedules, and which part of the list."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = Field(default=None, max_length=_MAX_TEXT)
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 100
    after: Annotated[int, Field(ge=0, le=2**63 - 1), WHOLE] | None = Field(
        default=None, description="`next` of the page before"
    )


class FireQuery(BaseModel):
    """Which part of the list, the latest first."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), WHOLE] = 50
    after: Instant | None = Field(default=None, description="`next` of the page before")


class CronQuery(BaseModel):
    """An expression to read."""

    model_config = ConfigDict(extra="forbid")

    expression: str = Field(max_length=_MAX_TEXT)
    timezone: str = Field(default="UTC", max_length=100)
    count: Annotated[int, Field(ge=1, le=MAX_COMING), WHOLE] = 10


@router.get("/schedules", summary="List schedules")
def list_schedules(query: Annotated[ListQuery, Query()]) -> Listed[ScheduleInfo]:
    """Answer the schedules by number, with what comes next and how it went."""
    found = reading.list_states(kind=query.kind, after=query.after or 0, limit=query.limit + 1)
    page = [_info(one) for one in found[: query.limit]]
    return Listed(items=page, next=str(page[-1].id) if len(found) > len(page) else None)


@router.post("/schedules", status_code=201, dependencies=[NO_QUERY], summary="Make a schedule")
def create_schedule(body: CreateBody, response: Response) -> ScheduleInfo:
    """Make a schedule; it fires from now on. What does not fit is refused before anything is stored."""
    made = changing.create(body.kind, body.as_wish(), is_enabled=body.enabled, by=caller())
    response.headers["Location"] = f"/api/v1/schedules/{made.id}"
    return _info(reading.get_state(made.id))


@router.get("/schedules/{id}", dependencies=[NO_QUERY], summary="Get a schedule")
def get_schedule(schedule_id: JobId) -> ScheduleInfo:
    """Answer one schedule."""
    return _info(reading.get_state(schedule_id))


@router.patch("/schedules/{id}", dependencies=[NO_QUERY], summary="Change a schedule")
def change_schedule(schedule_id: JobId, body: ChangeBody) -> ScheduleInfo:
    """Change what is named. A schedule that a job file declares keeps the change, and `differs` from the file then."""
    changed = changing.edit(schedule_id, body.as_wish(), by=caller())
    if "enabled" in body.model_fields_set and body.enabled == changed.is_paused(now()):
        act = changing.resume if body.enabled else changing.pause
        act(schedule_id, by=caller())
    return _info(reading.get_state(schedule_id))


@router.delete("/schedules/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Delete a schedule")
def delete_schedule(schedule_id: JobId) -> None:
    """Let it fire no more; its jobs and what became of its instants are kept."""
    changing.delete(schedule_id, by=caller())


@router.post("/schedules/{id}/run", status_code=202, dependencies=[NO_QUERY], summary="Run a schedule now")
def run_schedule(
    schedule_id: JobId, response: Response, body: Annotated[RunBody, Body(default_factory=RunBody)]
) -> JobSnapshot:
    """Start its job now; its next instant stays."""
    return located(changing.run_now(schedule_id, params=body.params, confirmed=body.confirmed, by=caller()), response)


@router.post("/schedules/{id}/pause", dependencies=[NO_QUERY], summary="Pause a schedule")
def pause_schedule(schedule_id: JobId, body: Annotated[PauseBody, Body(default_factory=PauseBody)]) -> ScheduleInfo:
    """Let it start nothing; each instant that it skips is kept with the reason."""
    changing.pause(schedule_id, until=body.until, reason=body.reason, by=caller())
    return _info(reading.get_state(schedule_id))


@router.post("/schedules/{id}/resume", dependencies=[NO_QUERY, NO_BODY], summary="Resume a schedule")
def resume_schedule(schedule_id: JobId) -> ScheduleInfo:
    """Let it fire again, from now on."""
    changing.resume(schedule_id, by=caller())
    return _info(reading.get_state(schedule_id))


@router.post("/schedules/{id}/put-back", dependencies=[NO_QUERY, NO_BODY], summary="Undo the edits of a schedule")
def put_back_schedule(schedule_id: JobId) -> ScheduleInfo:
    """Let it fire again as the file of its kind says."""
    changing.put_back(schedule_id, by=caller())
    return _info(reading.get_state(schedule_id))


@router.get("/schedules/{id}/fires", summary="List what became of a schedule's instants")
def list_fires(schedule_id: JobId, query: Annotated[FireQuery, Query()]) -> Listed[Fire]:
    """Answer its instants, the latest first: the job that was started, or the reason why none was."""
    schedules.get_schedule(schedule_id)
    found = schedules.list_fires(schedule_id, limit=query.limit + 1, before=query.after)
    page = found[: query.limit]
    return Listed(items=page, next=rfc3339(page[-1].instant) if len(found) > len(page) else None)


@router.get("/schedules/{id}/changes", dependencies=[NO_QUERY], summary="List what was changed about a schedule")
def list_changes(schedule_id: JobId) -> Listed[ScheduleChange]:
    """Answer its last hundred changes, the latest first, with who made them."""
    schedules.get_schedule(schedule_id)
    return Listed(items=schedules.list_changes(schedule_id))


@router.get("/cron", summary="Read a cron expression")
def read_cron(query: Annotated[CronQuery, Query()]) -> CronInfo:
    """Answer what it means in words, what surprises about it, and its next instants."""
    at, rule = now(), Rule(cron=(query.expression,), timezone=query.timezone)
    if wrong := problems(rule, after=at):
        fields = [
            FieldError(field="expression" if one.field == "cron" else one.field, message=one.message) for one in wrong
        ]
        raise InvalidInput(fields=fields)
    return CronInfo(
        expression=query.expression,
        timezone=query.timezone,
        sentence=sentence(rule),
        remarks=remarks(rule, after=at, others=reading.crowd()),
        next=[
            ComingInfo(at=one.at, local=one.local.isoformat(), remark=one.remark)
            for one in coming(rule, after=at, count=query.count)
        ],
    )


def _info(state: ScheduleState) -> ScheduleInfo:
    one = state.schedule
    own = f"/api/v1/schedules/{one.id}"
    is_paused = one.is_paused(now())
    values = one.model_dump(exclude={"cron", "exclude", "not_between"})
    return ScheduleInfo.model_validate(
        {
            **values,
            "title": state.title,
            "cron": (list(one.cron) if len(one.cron) > 1 else one.cron[0]) if one.cron else None,
            "aligned": one.is_aligned,
            "exclude": list(one.exclude),
            "not_between": list(one.not_between),
            "enabled": not is_paused,
            "paused": _paused(one) if is_paused else None,
            "source": "code" if one.is_from_code else "made",
            "declared": {"cron": one.declared_cron, "timezone": one.declared_timezone} if one.is_from_code else None,
            "differs": one.differs,
            "next": state.next,
            "sentence": state.sentence,
            "remarks": state.remarks,
            "problem": state.problem,
            "overdue": OverdueInfo.model_validate(state.overdue, from_attributes=True) if state.overdue else None,
            "last": _last(state),
            "usual_seconds": state.usual_seconds,
            "success_ratio": state.success_ratio,
            "links": {"self": own, "page": f"/schedules/{one.id}", "fires": f"{own}/fires"},
        }
    )


def _paused(one: Schedule) -> Paused:
    assert one.paused_at is not None
    return Paused(at=one.paused_at, by=one.paused_by or "", reason=one.paused_reason or "", until=one.paused_until)


def _last(state: ScheduleState) -> LastRun | None:
    last = state.runs[0] if state.runs else None
    if last is None or last.job_id is None:
        return None
    return LastRun(job_id=last.job_id, state=last.job_state, instant=last.instant)
