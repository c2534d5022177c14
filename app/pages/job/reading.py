"""What the job page reads from the database, in worker threads. Draws nothing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_origin

from app.db import JobFilter, JobSnapshot, files
from app.db.files import uploads
from app.db.queries import counts, details, jobs
from app.db.queries.counts import Count
from app.db.queries.details import Followers, followers_of
from app.db.queries.jobs import RecentRun, usual_seconds
from app.db.queries.traces import trace_of
from app.db.snapshots.files import Artifact, Upload
from app.db.snapshots.parts import Attempt, Checkpoint, LogLine, Note, Trace, Transition
from app.errors import Unavailable
from app.pages.job.trace import MOST_LINES
from app.pages.previews.file_preview import FilePart
from app.pages.start.spec import FieldSpec, specs_of
from app.queue import UploadedFile, registry
from app.queue.acts.waiting import Wait, why_waits

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
    notes: list[Note]
    children: Children
    followers: Followers
    checkpoint: Checkpoint | None
    trace: Trace
    lines: list[LogLine]
    """The first of its log."""
    usual_seconds: float | None
    """How long its kind usually runs; None: too few runs ended."""
    wait: Wait | None
    """What it waits for; None: it does not wait."""


def read(job_id: int) -> Reading:
    """Read everything about a job.

    Raises:
        NotFound: there is no such job.
    """
    job = jobs.get_job(job_id)
    trace, lines = read_trace(job_id)
    return Reading(
        job=job,
        transitions=details.list_transitions(job_id),
        attempts=details.list_attempts(job_id),
        files=details.list_artifacts(job_id),
        uploads=uploads.get_uploads(list(_upload_ids(job))),
        runs=jobs.recent_runs([job.kind], per_kind=EARLIER_RUNS).get(job.kind, []),
        notes=details.list_notes(job_id),
        children=read_children(job_id),
        followers=followers_of(job_id),
        checkpoint=details.get_checkpoint(job),
        trace=trace,
        lines=lines,
        usual_seconds=usual_seconds(job.kind),
        wait=why_waits(job),
    )


def read_trace(job_id: int) -> tuple[Trace, list[LogLine]]:
    """Read the trace of a job, and the lines of its log that stand in it.

    Raises:
        NotFound: there is no such job.
    """
    return trace_of(job_id), details.list_log(job_id, limit=MOST_LINES + 1)


def read_children(job_id: int) -> Children:
    """Read the first children of a job and count all."""
    which = JobFilter(parent_id=job_id)
    first = jobs.list_jobs(which, sort="id", limit=FIRST_CHILDREN)
    if first.next is None:
        return Children(first=first.items, count=Count(count=len(first.items), is_exact=True))
    return Children(first=first.items, count=counts.count_jobs(which))


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
