"""What the job page reads from the database, in worker threads. Draws nothing."""

import os
from dataclasses import dataclass

from app.db import Artifact, Attempt, JobFilter, JobSnapshot, LogLine, State, Transition, files, history, stats
from app.db.history import RecentRun
from app.errors import Unavailable
from app.pages.components.durations import plural
from app.pages.components.field_spec import specs_of
from app.pages.components.file_preview import FilePart
from app.pages.components.job_log import EVERY_LEVEL, LogChoice
from app.queue import registry

LOG_LINES = 2000
EARLIER_RUNS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the database says about a job beside the job itself."""

    job: JobSnapshot
    transitions: list[Transition]
    attempts: list[Attempt]
    files: list[Artifact]
    runs: list[RecentRun]
    waits_because: str


def read(job_id: int) -> Reading:
    """Read everything about a job.

    Raises:
        NotFound: there is no such job.
    """
    job = history.get_job(job_id)
    return Reading(
        job=job,
        transitions=history.list_transitions(job_id),
        attempts=history.list_attempts(job_id),
        files=history.list_artifacts(job_id),
        runs=history.recent_runs([job.kind], per_kind=EARLIER_RUNS).get(job.kind, []),
        waits_because=_why_queued(job) if job.state is State.QUEUED else "",
    )


def _why_queued(job: JobSnapshot) -> str:
    listening = [worker for worker in stats.workers() if worker.is_alive and job.queue in worker.queues]
    if not listening:
        return f"No worker listens to the queue {job.queue} just now; it waits until one does."
    ahead = history.count_ahead(job)
    threads = sum(worker.threads for worker in listening)
    told = sum(len(worker.running_job_ids) for worker in listening)  # some seconds old; the rows are not
    running = history.count_jobs(JobFilter(states=frozenset([State.RUNNING]), queue=job.queue)).count
    free = threads - max(told, running)
    where = f"Behind {plural(ahead, 'job')} in the queue {job.queue}" if ahead else f"Next in the queue {job.queue}"
    return f"{where}; {max(0, free)} of {plural(threads, 'thread')} free."


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


def titles_of(kind: str) -> dict[str, str]:
    """Return what a kind's params are called on screen; nothing where no file declares the kind any more."""
    known = registry.kinds.get(kind)
    if known is None:
        return {}
    return {spec.name: spec.title for spec in specs_of(known.params_model)}
