"""Why a job does not run yet, in words: all that it waits for, in one sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis

from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.queries import counts, jobs, workers
from app.db.queries.jobs import usual_seconds
from app.queue.acts.queues import Queue, find_queue
from app.queue.kinds.registry import registry
from app.queue.transport import sender

MOST_NAMED = 2
"""So many of the jobs that run before it are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a job waits for.

    Attributes:
        reasons: parts of a sentence, the first the weightiest; never empty.
        until: when the pause of its queue ends by itself; None: it has none, or that ends by nobody but a person.
    """

    reasons: tuple[str, ...]
    until: datetime | None = None

    @property
    def because(self) -> str:
        """All of it as a sentence, without the instant."""
        text = "; ".join(self.reasons)
        return f"{text[:1].upper()}{text[1:]}."

    @property
    def sentence(self) -> str:
        """All of it as a sentence."""
        return self.because if self.until is None else f"{self.because} It goes on at {_instant(self.until)}."


def explained(job: JobSnapshot) -> JobSnapshot:
    """Return a job with why it waits and how long its kind usually runs."""
    wait = why_waits(job)
    said = {"waiting_for": wait.sentence if wait else None, "usual_seconds": usual_seconds(job.kind)}
    return job.model_copy(update=said)


def why_waits(job: JobSnapshot) -> Wait | None:
    """Say why a job does not run yet. None: it runs, is finished, or was taken while this was read."""
    if job.state is State.QUEUED:
        queue = find_queue(job.queue)
        return None if queue is None else _queued(job, queue)
    if job.state is State.SCHEDULED and job.is_unapproved:
        return Wait(reasons=tuple(_until_approved(job)))
    if job.state is State.SCHEDULED and job.aside_since is not None:
        done, total = int(job.progress.done or 0), int(job.progress.total or 0)
        return Wait(reasons=(f"it waits for {total - done:,} of {_jobs(total)} to end",))
    if job.state is State.SCHEDULED and (parents := _awaited(job)):
        then = f", and then for its time, {_instant(job.run_at)}" if job.run_at is not None else ""
        return Wait(reasons=(f"it waits for {_listed(parents)}{_TO_END[job.when or 'succeeded']}{then}",))
    if job.state is State.SCHEDULED and job.run_at is not None:
        return Wait(reasons=(f"it waits for its time, {_instant(job.run_at)}",))
    if job.state is State.RETRYING and job.run_at is not None:
        attempt = f"attempt {job.attempt + 1} of {job.max_attempts}"
        return Wait(reasons=(f"{attempt} begins at {_instant(job.run_at)}, because attempt {job.attempt} failed",))
    return None


def _until_approved(job: JobSnapshot) -> Iterator[str]:
    """Give who has to agree, and what it waits for besides."""
    assert job.approve is not None
    yield f"{job.created_by} asked for it, and somebody else who is {job.approve.with_article} has to agree"
    if parents := _awaited(job):
        yield f"it waits for {_listed(parents)}{_TO_END[job.when or 'succeeded']}"
    if job.run_at is not None and job.run_at > now():
        yield f"its time is {_instant(job.run_at)}"


_TO_END = {"succeeded": "", "failed": " to fail", "finished": " to end"}


def _awaited(job: JobSnapshot) -> list[JobSnapshot]:
    """Return the jobs that it still waits for."""
    return [one for one in jobs.get_jobs(job.after) if not one.state.is_finished] if job.after else []


def _listed(found: Sequence[JobSnapshot]) -> str:
    """Name jobs: "#12 Import and #13 Report"; of many the first."""
    named = [f"#{one.id} {one.title}" for one in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        named.append(f"{len(found) - MOST_NAMED:,} more")
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]


def _queued(job: JobSnapshot, queue: Queue) -> Wait:
    reasons = [*_obstacles(job, queue)]
    ahead = counts.count_ahead(job)
    if ahead or not reasons:
        reasons.append(
            f"behind {_jobs(ahead)} in the queue {queue.name}" if ahead else f"next in the queue {queue.name}"
        )
    if queue.workers and not queue.is_paused:
        reasons.extend(_threads(queue, ahead))
    return Wait(reasons=tuple(reasons), until=queue.paused_until)


def _obstacles(job: JobSnapshot, queue: Queue) -> Iterator[str]:
    """Give what keeps a job from running, whatever is before it."""
    if queue.is_paused:
        why = f": {queue.paused_reason}".rstrip(".") if queue.paused_reason else ""
        yield f"the queue {queue.name} is paused by {queue.paused_by}{why}"
    if not queue.workers:
        yield f"no worker listens to the queue {queue.name} just now"
    if _is_redis_away():
        yield "Redis is away, so that no worker hears of it"
    limit = registry.limits.get(job.kind)
    if limit is not None and counts.state_totals(kind=job.kind)[State.RUNNING] >= limit:
        yield f"{_jobs(limit)} of this kind may run at once and {'does' if limit == 1 else 'do'}"


def _threads(queue: Queue, ahead: int) -> Iterator[str]:
    """Give how many threads are free, what runs in them where none is, and about how long that takes."""
    listening = [worker for worker in workers.workers() if worker.is_alive and queue.name in worker.queues]
    running = [job_id for worker in listening for job_id in worker.running_job_ids]
    free = max(0, queue.threads - len(running))
    threads = f"{free} of {queue.threads} {'thread' if queue.threads == 1 else 'threads'} free"
    before = [] if free else jobs.get_jobs(running)
    yield f"{threads}: {_named(before)} before it" if before else threads
    soonest = min((left for one in before if (left := _left(one)) is not None), default=None)
    if queue.ends_per_minute and (ahead or not free):
        yield f"{_about((ahead + (not free)) / queue.ends_per_minute * 60)}"
    elif soonest is not None and not ahead:
        yield f"{_about(soonest)}"


def _named(running: Sequence[JobSnapshot]) -> str:
    return f"{_listed(running)} {'runs' if len(running) == 1 else 'run'}"


def _left(job: JobSnapshot) -> float | None:
    """Return about how many seconds a running job has left; None: nobody knows."""
    progress = job.progress
    if progress.at is not None and progress.eta_seconds is not None:
        ends_at = progress.at + timedelta(seconds=progress.eta_seconds)
        return max(0.0, (ends_at - now()).total_seconds())
    usual = usual_seconds(job.kind)
    return None if usual is None or job.run_seconds is None else max(0.0, usual - job.run_seconds)


def _is_redis_away() -> bool:
    client = sender.client()
    try:
        if client is not None:
            client.ping()
    except redis.RedisError:
        return True
    return False


def _jobs(number: int) -> str:
    return f"{number:,} {'job' if number == 1 else 'jobs'}"


def _about(seconds: float) -> str:
    if seconds < 60:
        return "under a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 120 else f"about {round(minutes / 60)} h"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
