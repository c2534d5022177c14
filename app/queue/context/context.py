"""What a job's function is given: progress, log, files, and whether it should stop."""

import io
import mimetypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TypeVar

from app.db import JobSnapshot, files
from app.db.files.names import OwnNames
from app.db.snapshots.parts import LEVEL_NUMBERS
from app.errors import InvalidInput, NotFound, TooLarge
from app.queue.context.run import Run

T = TypeVar("T")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # nosec B105  # a pattern
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}( *;[ -~]*)?")
"""RFC 9110, section 8.3.1; what the parameters say is left alone."""
Level = Literal["debug", "info", "warning", "error"]
KeepFile = Callable[[int, int, str, Path | BinaryIO, str], object]


class Startable(Protocol):
    """What `ctx.start` takes beside a name: a kind."""

    @property
    def name(self) -> str:
        """What programs call it."""


StartJob = Callable[[str | Startable, Mapping[str, Any]], JobSnapshot]
MAX_AT_ONCE = 10_000
Needs = Literal["all", "any", "none"] | float
"""How many of the jobs that one waits for have to succeed; a number from 0 to 1: this share."""


class Children(Protocol):
    """What starts a job's children, and waits for them."""

    def start(self, kind: str | Startable, params: Mapping[str, Any]) -> JobSnapshot:
        """Start one."""

    def start_many(
        self, kind: str | Startable, params: Sequence[Mapping[str, Any]], once: str | None
    ) -> list[JobSnapshot]:
        """Start many; with `once`, only where no attempt of the job did so under this name."""

    def wait(self, job_ids: Sequence[int], needs: Needs) -> Iterator[JobSnapshot]:
        """Return jobs that have ended; where one has not, the job is put aside."""


class Saving(Protocol):
    """Where a job's checkpoint is kept."""

    def save(self, value: Any) -> None:
        """Keep it in the place of the one before."""

    def saved(self) -> Any:
        """Return the one that is kept; None: there is none."""


class JobError(Exception):
    """Stop the job, do not retry it, and show this text."""


class JobContext:
    """The job's own end of Jobdeck. Its methods are cheap and may be called from any thread of the job."""

    def __init__(
        self,
        run: Run,
        *,
        children: Children,
        keep_file: KeepFile | None = None,
        saving: Saving | None = None,
    ) -> None:
        """Belong to one attempt. Jobs are given theirs; a test lets `kind.run_inline(…)` make one.

        Args:
            run: the attempt.
            children: what `start`, `start_many` and `wait` call.
            keep_file: where `attach` puts a file: `(job id, attempt, name, source, media type)`. None: where all are.
            saving: what `checkpoint` and `saved` call. None: in memory, for this context alone.
        """
        self._run = run
        self._keep_file = keep_file or partial(files.attach, gives_up=lambda: self.cancelled)
        self._children = children
        self._saving = saving or _InMemory()
        self._names = OwnNames()

    @property
    def job_id(self) -> int:
        """The job's number."""
        return self._run.job_id

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return self._run.attempt

    @property
    def params(self) -> dict[str, Any]:
        """The job's params as plain JSON, secrets as dots."""
        return self._run.params

    @property
    def cancelled(self) -> bool:
        """Whether the job was asked to stop (cancelled, timed out, or taken from this worker)."""
        return self._run.stop_reason is not None

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report how far the job is; call it as often as you like, screens see ten a second.

        Args:
            done: units of work done, in any unit.
            total: units in all; None keeps the last one.
            message: the step, for people; None keeps the last one.

        Raises:
            JobCancelled: the job was asked to stop. Let it pass; catch it only to clean up, then raise it again.
        """
        run = self._run
        if run.stop_reason is not None:
            run.raise_stop()
        run.reported.note(done, total, message)

    def track(self, items: Iterable[T], total: float | None = None, message: str | None = None) -> Iterator[T]:
        """Give the items one by one and report how many were taken and worked on.

        Args:
            items: anything to loop over.
            total: how many there are; by itself where `items` has a length.
            message: the step, for people.

        Raises:
            JobCancelled: as `progress`.
        """
        if total is None and isinstance(items, Sized):
            total = len(items)
        done = 0
        self.progress(0, total, message)
        run, reported = self._run, self._run.reported
        for item in items:
            yield item
            done += 1
            if run.stop_reason is not None:
                run.raise_stop()
            reported.done = done
            reported.has_news = True

    def span(self, name: str) -> AbstractContextManager[None]:
        """Name a stretch of the work: `with ctx.span("read"): …`. The job page shows it, inside the one around it.

        Args:
            name: what is done, for people; at most 1,000 stretches of an attempt are kept.
        """
        return self._run.spans.open(name)

    def log(self, text: str, level: Level = "info") -> None:
        """Add a line to the job's log.

        Raises:
            ValueError: no such level.
        """
        if level not in LEVEL_NUMBERS:
            raise ValueError(f"There is no log level {level!r}; use debug, info, warning or error.")
        self._run.log.say(str(text), LEVEL_NUMBERS[level])

    def checkpoint(self, value: Any) -> None:
        """Save where the job is: its next attempt finds it in `saved`, whatever ends this one.

        When this returns it is kept: a COMMIT, so call it after a piece of work that is worth one, not a thousand times
        a second. The one before is replaced. While the database is away it waits, unless the job was asked to stop.

        Args:
            value: anything that JSON can say, at most 64 KB; `Secret`s in its lists and mappings are sealed.

        Raises:
            JobCancelled: the job was asked to stop; the value is kept, unless another worker has the job.
            JobError: it cannot be written as JSON, or takes more than 64 KB.
        """
        self._saving.save(value)
        if self._run.stop_reason is not None:
            self._run.raise_stop()

    @property
    def saved(self) -> Any:
        """What was saved last with `checkpoint`, by this attempt or an earlier one, as plain JSON; None: nothing.

        After a crash, after the worker stopped, in an automatic retry and in one that a person asks for. A retry that
        starts anew forgets it.
        """
        return self._saving.saved()

    def start(self, kind: str | Startable, /, **params: Any) -> JobSnapshot:
        """Start another job as a child of this one, which does not wait for it.

        An attempt that runs again starts its children again: give their kind `unique="params"` where one is enough.

        Args:
            kind: what to start, or its name.
            params: its values.

        Raises:
            NotFound: no such kind.
            InvalidInput: a value does not fit; the message names it.
            TypeError: `kind` is neither a kind nor a name.
            Unavailable: the database is away and the job was asked to stop; else it waits for the database.
        """
        try:
            return self._children.start(kind, params)
        except InvalidInput as error:
            name = kind if isinstance(kind, str) else kind.name
            raise InvalidInput(f"The child {name} was not started.", fields=error.fields) from error

    def start_many(
        self, kind: str | Startable, params: Iterable[Mapping[str, Any]], *, once: str | None = None
    ) -> list[JobSnapshot]:
        """Start a child for each of these params, all or none, in one transaction.

        Args:
            kind: what to start, or its name.
            params: the values of each, at most 10,000.
            once: a name of your own for these children. An attempt that asks for the same name again is given those
                that were started, however the attempt before ended; a retry that starts anew starts them anew.

        Raises:
            InvalidInput: a value does not fit, and of which child (`3.limit`), or they are too many.
            NotFound, TypeError, Unavailable: as `start`.
        """
        values = list(params)
        name = kind if isinstance(kind, str) else kind.name
        if len(values) > MAX_AT_ONCE:
            raise InvalidInput(
                f"At most {MAX_AT_ONCE:,} jobs are started at once; these are {len(values):,}. Start children that "
                "start a part of them each."
            )
        try:
            return self._children.start_many(kind, values, once)
        except InvalidInput as error:
            raise InvalidInput(f"The children {name} were not started.", fields=error.fields) from error

    def wait(self, jobs: Iterable[JobSnapshot | int], *, needs: Needs = "all") -> Iterator[JobSnapshot]:
        """Wait for jobs, mostly children, to end; returns them in order, with their results.

        Until that is decided, this ends the attempt: the job is put aside, holds no thread, and its function begins
        again from its first line afterwards. So start the children with `once=`, and save what else was done with
        `checkpoint`. The attempt does not count.

        Args:
            jobs: which jobs, at most 10,000, or their ids.
            needs: how many have to succeed: "all", "any" (one at least), "none" (then all have to end), or a share
                from 0 to 1. Where that is decided before all have ended, only those that have are returned, and the
                others go on.

        Raises:
            JobError: so many did not succeed, or cannot any more. A retry of this job asks again: retry those first.
                Or they are more than 10,000.
        """
        if not (needs in ("all", "any", "none") or (isinstance(needs, int | float) and 0 <= needs <= 1)):
            raise ValueError(f'ctx.wait takes needs="all", "any", "none" or a share from 0 to 1, not {needs!r}.')
        return self._children.wait([one if isinstance(one, int) else one.id for one in jobs], needs)

    def attach(self, name: str, data_or_path: str | bytes | Path, media_type: str | None = None) -> None:
        """Keep a file with the job, to be seen and downloaded on its page; one of the same name is replaced.

        While the database is away it waits, unless the job was asked to stop.

        Args:
            name: the file's name, as people see it. A slash or backslash becomes `_`, control characters go; where
                another file of this attempt has the name that is left, it gets a number. The log says so.
            data_or_path: a `Path` to copy, or the content itself (text is written as UTF-8).
            media_type: as `text/html`; guessed from the name where it is None.

        Raises:
            JobError: the file is larger than 1 GB, or the path does not exist.
            TypeError: the name is no text, or the content is neither text nor bytes.
            ValueError: that is no media type.
        """
        if not isinstance(name, str):  # mypy tells those who ask it
            raise TypeError(f"ctx.attach takes the file's name first, a text, not {type(name).__name__}.")
        if media_type and not (isinstance(media_type, str) and _MEDIA_TYPE.fullmatch(media_type)):
            raise ValueError(f"ctx.attach: {media_type!r} is no media type; write one as text/csv.")
        source = data_or_path if isinstance(data_or_path, Path) else io.BytesIO(_bytes(data_or_path))
        given = name
        name, is_new = self._names.take(given)
        if is_new and name != given:
            self.log(f"The file {given!r} is kept as {name!r}.")
        guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        try:
            self._keep_file(self.job_id, self.attempt, name, source, guessed)
        except (TooLarge, NotFound) as error:
            raise JobError(error.message) from error


class _InMemory:
    """A checkpoint of a context that belongs to no stored job."""

    def __init__(self) -> None:
        self._value: Any = None

    def save(self, value: Any) -> None:
        self._value = value

    def saved(self) -> Any:
        return self._value


def _bytes(data: str | bytes) -> bytes:
    if isinstance(data, str):
        try:
            return data.encode()
        except UnicodeEncodeError:
            raise ValueError("ctx.attach: the text holds half a character, which UTF-8 cannot; give bytes.") from None
    if not isinstance(data, bytes | bytearray | memoryview):  # mypy tells those who ask it
        raise TypeError(
            f"ctx.attach takes a text, bytes or a Path, not {type(data).__name__}; json.dumps makes a text."
        )
    return data
