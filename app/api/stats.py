"""How the installation does: jobs by state and kind, how long they wait and run, queues, workers, what is overdue."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.protocol.routers import below_base
from app.api.schedules.answers import OverdueInfo
from app.db import State
from app.db.clock import now
from app.db.queries import activity, counts, dashboard, schedules
from app.db.queries import workers as worker_queries
from app.db.queries.activity import Spread
from app.db.snapshots.snapshot import Instant
from app.queue import registry
from app.queue.acts import queues
from app.queue.acts.queues import Queue
from app.queue.acts.schedules import reading
from app.queue.acts.schedules.reading import ScheduleState

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_WINDOW = "^([1-9][0-9]{0,3}m|[1-9][0-9]{0,2}h|([1-9]|[12][0-9]|30)d)$"

router = below_base(tags=["operations"])


class StatsQuery(BaseModel):
    """How far back."""

    model_config = ConfigDict(extra="forbid")

    window: str = Field(
        default="1h", pattern=_WINDOW, description="minutes, hours or days, as 15m, 1h or 7d; at most 30 days"
    )

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return timedelta(**{_UNITS[self.window[-1]]: int(self.window[:-1])})


class Ended(BaseModel):
    """How many ends of jobs there were; a job that was retried after its end has several."""

    succeeded: int
    failed: int
    cancelled: int


class KindStats(BaseModel):
    """The jobs of one kind."""

    kind: str
    title: str
    states: dict[State, int] = Field(description="how many jobs are in each state now")
    ended: Ended
    wait_seconds: Spread | None = Field(description="from due to start; null: none ended in the window")
    run_seconds: Spread | None


class WorkerStats(BaseModel):
    """A worker process."""

    name: str
    machine: str
    pid: int
    queues: list[str]
    threads: int
    running: int
    is_alive: bool


class OverdueSchedule(OverdueInfo):
    """A schedule that is overdue."""

    schedule_id: int
    title: str


class ScheduleStats(BaseModel):
    """The schedules."""

    active: int
    paused: int
    overdue: list[OverdueSchedule]


class Stats(BaseModel):
    """How the installation does."""

    window: str
    since: Instant
    until: Instant
    states: dict[State, int] = Field(description="how many jobs are in each state now")
    ended: Ended
    measured: int = Field(description="so many of the jobs that ended in the window are in the percentiles")
    measured_all: bool = Field(description="false: only the last of them are")
    wait_seconds: Spread | None
    run_seconds: Spread | None
    kinds: list[KindStats]
    queues: list[Queue]
    oldest_wait_seconds: float | None
    workers: list[WorkerStats]
    schedules: ScheduleStats


@router.get("/stats", summary="How does it do?")
def get_stats(query: Annotated[StatsQuery, Query()]) -> Stats:
    """Answer the counts of now, and of the window how many jobs ended and how long they waited and ran."""
    until = now()
    since = until - query.length
    by_kind, ended = counts.totals_by_kind(), dashboard.ended_since(since)
    measured = activity.recent(since)
    found = queues.list_queues()
    names = sorted({*by_kind, *ended, *registry.kinds})
    return Stats(
        window=query.window,
        since=since,
        until=until,
        states={state: sum(of.get(state, 0) for of in by_kind.values()) for state in State},
        ended=_ended(*ended.values()),
        measured=measured.measured,
        measured_all=measured.is_exact,
        wait_seconds=measured.wait,
        run_seconds=measured.run,
        kinds=[
            KindStats(
                kind=name,
                title=kind.title if (kind := registry.find(name)) is not None else name,
                states=by_kind.get(name, dict.fromkeys(State, 0)),
                ended=_ended(ended.get(name, {})),
                wait_seconds=measured.kinds.get(name, (None, None))[0],
                run_seconds=measured.kinds.get(name, (None, None))[1],
            )
            for name in names
        ],
        queues=found,
        oldest_wait_seconds=max((one.oldest_wait_seconds for one in found if one.oldest_wait_seconds), default=None),
        workers=[_worker(one) for one in worker_queries.workers()],
        schedules=_schedules(),
    )


def _ended(*found: "dict[State, int]") -> Ended:
    return Ended(
        **{
            name: sum(of.get(state, 0) for of in found)
            for name, state in (
                ("succeeded", State.SUCCEEDED),
                ("failed", State.FAILED),
                ("cancelled", State.CANCELLED),
            )
        }
    )


def _worker(one: worker_queries.WorkerStatus) -> WorkerStats:
    return WorkerStats(
        name=one.name,
        machine=one.machine,
        pid=one.pid,
        queues=one.queues,
        threads=one.threads,
        running=len(one.running_job_ids),
        is_alive=one.is_alive,
    )


def _schedules() -> ScheduleStats:
    active, paused = schedules.count_by_pause(now())
    return ScheduleStats(active=active, paused=paused, overdue=[_overdue(one) for one in reading.list_overdue()])


def _overdue(state: ScheduleState) -> OverdueSchedule:
    late = state.overdue
    assert late is not None
    return OverdueSchedule(
        schedule_id=state.schedule.id,
        title=state.title,
        what=late.what,
        sentence=late.sentence,
        expected_at=late.expected_at,
        job_id=late.job_id,
    )
