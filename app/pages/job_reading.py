"""What the job page reads from the database, in worker threads. Draws nothing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_origin

from app.db import Artifact, Attempt, JobFilter, JobSnapshot, LogLine, State, Transition, files, history, stats
from app.db.history import Count, RecentRun
from app.db.snapshot import Upload
from app.errors import Unavailable
from app.pages.components.durations import plural
from app.pages.components.field_spec import FieldSpec, specs_of
from app.pages.components.file_preview import FilePart
from app.pages.components.job_log import EVERY_LEVEL, LogChoice
from app.pages.components.queue_list import pause_words
from app.queue import UploadedFile, registry
from app.queue.queues import find_queue

LOG_LINES = 2000
EARLIER_RUNS = 40
FIRST_CHILDREN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Children:
    """The jobs that a job started: the first ones, oldest first, and how many there are."""

    first: list[JobSnapshot]
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the database says about a job beside the job itself."""

    job: JobSnapshot
    transitions: list[Transition]
    attempts: list[Attempt]
    files: list[Artifact]
    uploads: Mapping[str, Upload]
    """Those that its params name and that are still kept, by id."""
    runs: list[RecentRun]
    children: Children
    waits_because: str
    waits_until: datetime | None
    """When the pause of its queue ends by itself."""


def read(job_id: int) -> Reading:
    """Read everything about a job.

    Raises:
        NotFound: there is no such job.
    """
    job = history.get_job(job_id)
    waits_because, waits_until = _why_queued(job) if job.state is State.QUEUED else ("", None)
    return Reading(
        job=job,
        transitions=history.list_transitions(job_id),
        attempts=history.list_attempts(job_id),
        files=history.list_artifacts(job_id),
        uploads=files.get_uploads(list(_upload_ids(job))),
        runs=history.recent_runs([job.kind], per_kind=EARLIER_RUNS).get(job.kind, []),
        children=read_children(job_id),
        waits_because=waits_because,
        waits_until=waits_until,
    )


def read_children(job_id: int) -> Children:
    """Read the first children of a job and count all."""
    which = JobFilter(parent_id=job_id)
    first = history.list_jobs(which, sort="id", limit=FIRST_CHILDREN)
    if first.next is None:
        return Children(first=first.items, count=Count(count=len(first.items), is_exact=True))
    return Children(first=first.items, count=history.count_jobs(which))


def _why_queued(job: JobSnapshot) -> tuple[str, datetime | None]:
    """Say why a queued job waits, and when that ends by itself, if that is known."""
    queue = find_queue(job.queue)
    if queue is None:
        return "", None  # it was taken while this was read
    if queue.is_paused:
        return f"The queue {job.queue} is {pause_words(queue)}.", queue.paused_until
    if not queue.workers:
        return f"No worker listens to the queue {job.queue} just now; it waits until one does.", None
    limit = registry.limits.get(job.kind)
    if limit is not None and history.state_totals(kind=job.kind)[State.RUNNING] >= limit:
        return f"{plural(limit, 'job')} of this kind may run at once and {_do(limit)}; it begins when one ends.", None
    ahead = history.count_ahead(job)
    listening = [worker for worker in stats.workers() if worker.is_alive and job.queue in worker.queues]
    free = queue.threads - sum(len(worker.running_job_ids) for worker in listening)
    where = f"Behind {plural(ahead, 'job')} in the queue {job.queue}" if ahead else f"Next in the queue {job.queue}"
    return f"{where}; {max(0, free)} of {plural(queue.threads, 'thread')} free.", None


def _do(number: int) -> str:
    return "does" if number == 1 else "do"


def read_log_tail(job_id: int, choice: LogChoice) -> tuple[list[LogLine], int]:
    """Read the last chosen lines, and the `seq` of the newest line there is."""
    newest = history.list_log(job_id, tail=True, limit=1)
    level = None if choice.level == EVERY_LEVEL else choice.level
    lines = history.list_log(job_id, level=level, text=choice.text, attempt=choice.attempt, tail=True, limit=LOG_LINES)
    last_seq = max([line.seq for line in (*newest, *lines)], default=0)
    return lines, last_seq


def read_whole_log(job_id: int) -> str:
    """Write the whole log as lines of text."""
    lines: list[str] = []
    after = 0
    while page := history.list_log(job_id, after=after, limit=5000):
        lines += [f"{line.at:%Y-%m-%dT%H:%M:%S.%f}Z {line.level:7} [{line.attempt}] {line.text}" for line in page]
        after = page[-1].seq
    return "\n".join(lines) + "\n"


def read_file(job_id: int, name: str, *, most_bytes: int, is_end: bool = False) -> FilePart:
    """Read the beginning of an attached file, or its end.

    Raises:
        NotFound: the job has no such file, or its bytes are gone.
        Unavailable: they cannot be read.
    """
    path, artifact = files.open_artifact(job_id, name)
    try:
        with path.open("rb") as stream:
            size_bytes = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size_bytes - most_bytes) if is_end else 0)
            return FilePart(data=stream.read(most_bytes), size_bytes=size_bytes, is_end=is_end)
    except OSError as error:
        raise Unavailable(f"The file {artifact.name} cannot be read: {error.strerror}.") from error


def _upload_ids(job: JobSnapshot) -> Iterator[str]:
    """Give what uploads the params of a job name; those in nested objects are left out."""
    for name, spec in specs_of_kind(job.kind).items():
        value = job.params.get(name)
        if spec.type is UploadedFile and isinstance(value, str):
            yield value
        elif get_origin(spec.type) is list and spec.item(0).type is UploadedFile and isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def specs_of_kind(kind: str) -> dict[str, FieldSpec]:
    """Return what is known of a kind's params, by name; nothing where no file declares the kind any more."""
    known = registry.kinds.get(kind)
    return {} if known is None else {spec.name: spec for spec in specs_of(known.params_model)}
