"""A job run in a test: the function as a worker calls it, without a server, a database or a worker."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from app.db import JobSnapshot, State
from app.db.engine import now
from app.db.file_names import kept_name
from app.db.models import Job
from app.db.snapshot import SECRET_SHOWN_AS, LogLine, Progress
from app.errors import NotFound
from app.queue.context import JobContext
from app.queue.params import Params, validated
from app.queue.run import Run, capture_logging
from app.queue.values import Secret

if TYPE_CHECKING:
    from app.queue.kind import Kind

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineRun(Generic[R]):
    """What a job left behind."""

    result: R
    """What the function returned, as it is."""
    log_lines: list[LogLine]
    """Its log: text, level, time."""
    progress: Progress
    """The last progress it reported."""
    attachments: dict[str, bytes] = field(repr=False)
    """The files it attached, by name."""
    started: list[JobSnapshot] = field(default_factory=list)
    """The children it started, as they would be stored; none of them runs."""

    @property
    def log(self) -> list[str]:
        """The texts of its log."""
        return [line.text for line in self.log_lines]


def run_inline(kind: "Kind[Any, R]", params: Mapping[str, Any]) -> InlineRun[R]:
    """Run a kind's function with checked params; see `Kind.run_inline`."""
    checked = validated(kind.params_model, params)
    run = Run(
        job_id=1,
        kind_name=kind.name,
        token=1,
        attempt=1,
        max_attempts=kind.max_retries + 1,
        params=_shown(checked),
        stored_params={},
        timeout=None,
        grace=kind.grace,
    )
    attached = _Attached()
    started: list[JobSnapshot] = []

    def start_child(child: "str | Kind[..., Any]", values: Mapping[str, Any]) -> JobSnapshot:
        started.append(_child(child, values, number=len(started)))
        return started[-1]

    arguments = {name: getattr(checked, name) for name in type(checked).model_fields}
    with _logging_captured(), run.running_here():
        result = kind.function(JobContext(run, keep_file=attached.keep, start_job=start_child), **arguments)
    lines = [LogLine.from_row(row) for row in run.take_lines()]
    return InlineRun(
        result=result, log_lines=lines, progress=run.progress(), attachments=attached.files, started=started
    )


def _child(kind: "str | Kind[..., Any]", values: Mapping[str, Any], *, number: int) -> JobSnapshot:
    """Check a child's params as its start would, and show the job that it would be."""
    from app.queue.registry import registry  # it holds kinds, and kinds know this module

    known = registry.get(kind)
    checked = validated(known.params_model, values)
    row = Job(
        id=2 + number,
        kind=known.name,
        title=known.title,
        state=State.QUEUED,
        queue=known.queue,
        priority=known.priority,
        params=_shown(checked),
        tags=list(known.tags),
        search_text="",
        max_attempts=known.max_retries + 1,
        created_at=now(),
        created_by="job #1",
        parent_id=1,
    )
    return JobSnapshot.from_row(row)


class _Attached:
    """Files kept in memory, with the names and the complaints of `app.db.files.attach`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def keep(self, job_id: int, attempt: int, name: str, source: Path | BinaryIO, media_type: str) -> None:
        try:
            content = source.read_bytes() if isinstance(source, Path) else source.read()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NotFound(f"There is no file {source} to attach.") from error
        with self._lock:
            self.files[kept_name(name)] = content


def _shown(params: Params) -> dict[str, Any]:
    secrets = {name for name in type(params).model_fields if isinstance(getattr(params, name), Secret)}
    return {**params.model_dump(mode="json", exclude=secrets), **dict.fromkeys(secrets, SECRET_SHOWN_AS)}


@contextmanager
def _logging_captured() -> Iterator[None]:
    """Copy what the job says through Python's `logging` into its log, from `info` up, as a worker does."""
    root = logging.getLogger()
    before = root.level
    end_capture = capture_logging()
    root.setLevel(min(before, logging.INFO))
    try:
        yield
    finally:
        root.setLevel(before)
        end_capture()
