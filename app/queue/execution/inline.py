"""A job run in a test: the function as a worker calls it, without a server, a database or a worker."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from app.actor import of_job
from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.files.names import kept_name
from app.db.models.jobs import Job
from app.db.snapshots.parts import LogLine
from app.db.snapshots.secrets import mask
from app.errors import NotFound
from app.queue.context.context import JobContext, Needs, Startable
from app.queue.context.log_capture import capture_logging, captured_by
from app.queue.context.run import Run
from app.queue.execution.checkpoints import InMemory
from app.queue.execution.outcome import inside, kept, read_out
from app.queue.kinds.inline_run import InlineRun
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import registry
from app.queue.params.checked import carried, stored
from app.queue.params.codec import UNSEALED
from app.queue.params.params import Params, validated
from app.queue.params.sealing import key_of_the_moment

R = TypeVar("R")


def run_inline(kind: Kind[Any, R], params: Mapping[str, Any]) -> InlineRun[R]:
    """Run a kind's function with checked params; see `Kind.run_inline`."""
    checked = validated(kind.params_model, params)
    run = Run(
        job_id=1,
        kind_name=kind.name,
        token=1,
        attempt=1,
        max_attempts=kind.max_retries + 1,
        params=_shown(checked, params),
        stored_params={},
        timeout=None,
        grace=kind.grace,
        slows_log=False,
    )
    attached = _Attached()
    children = _Children()
    arguments = carried(checked)
    with _logging_captured(), captured_by(run), run.running_here(), key_of_the_moment():
        context = JobContext(run, keep_file=attached.keep, children=children, saving=InMemory())
        result = read_out(kind.function(context, **arguments))
        if kind.after_children is not None:
            ended = children.wait([one.id for one in children.started], "all")
            result = read_out(kind.after_children(context, ended))
        if not any(isinstance(one, Iterator) for one in inside(result)):  # these can be read only once
            kept(result)  # raises what a worker would: it keeps results as JSON
    lines = [LogLine.from_row(row) for row in run.log.take()]
    return InlineRun(
        result=result,
        log_lines=lines,
        progress=run.reported.progress(),
        attachments=attached.files,
        started=children.started,
    )


class _Children:
    """Children that are only noted, and run here when they are waited for."""

    def __init__(self) -> None:
        self.started: list[JobSnapshot] = []
        self._given: dict[int, Mapping[str, Any]] = {}

    def start(self, kind: str | Startable, params: Mapping[str, Any]) -> JobSnapshot:
        child = _child(kind, params, number=len(self.started))
        self.started.append(child)
        self._given[child.id] = params
        return child

    def start_many(
        self, kind: str | Startable, params: Sequence[Mapping[str, Any]], once: str | None
    ) -> list[JobSnapshot]:
        return [self.start(kind, one) for one in params]

    def wait(self, job_ids: Sequence[int], needs: Needs) -> Iterator[JobSnapshot]:
        for child in self.started:
            if child.id in job_ids:
                result = kept(run_inline(registry.get(child.kind), self._given[child.id]).result)
                yield child.model_copy(update={"state": State.SUCCEEDED, "result": result})


def _child(kind: str | Startable, values: Mapping[str, Any], *, number: int) -> JobSnapshot:
    """Check a child's params as its start would, and show the job that it would be."""
    known = registry.get(kind)
    checked = validated(known.params_model, values)
    row = Job(
        id=2 + number,
        kind=known.name,
        title=known.title,
        state=State.QUEUED,
        queue=known.queue,
        priority=known.priority,
        params=_shown(checked, values),
        tags=list(known.tags),
        search_text="",
        max_attempts=known.max_retries + 1,
        created_at=now(),
        created_by=of_job(1).name,
        parent_id=1,
    )
    return JobSnapshot.from_row(row)


class _Attached:
    """Files kept in memory, with the names and the refusals of `app.db.files.artifacts.attach`."""

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


def _shown(params: Params, given: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = mask(stored(params, given, keeping=UNSEALED))
    return shown


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
