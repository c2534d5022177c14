"""What a job may change for its whole process, and its being put back when the job has ended.

A job's function shares its process with other jobs: with those that run beside it in a worker's threads, and with
those that run there after it. What it sets for the whole process would reach into them: the working folder, the
variables, Python's `logging`. Logging is put back when the function ends, all else when no other job runs there any
more: a job beside it may have set it for itself. What that is, is in `surroundings`: settings and tables of the
process, logging, standard streams, what it sets for its thread alone, what it replaces in Python's own modules.

What a library sets or replaces as it is loaded, in whichever job that is, stays with it.

What a job must not leave behind in a process of its own (threads, children) is in
`app.queue.isolation.process_state`.
"""

import faulthandler
import gc
import logging
import math
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.queue.execution.surroundings.imports import ImportWatch
from app.queue.execution.surroundings.logging_setup import LoggingSetUp
from app.queue.execution.surroundings.patches import Patches
from app.queue.execution.surroundings.process_wide import (
    NOT_LOADED,
    SELDOM,
    SETTINGS,
    Setting,
    folder,
    lacks_files,
)
from app.queue.execution.surroundings.registries import REGISTRIES, Codecs
from app.queue.execution.surroundings.streams import Streams
from app.queue.execution.surroundings.thread_settings import Hooks, ThreadBeginning, forget_loop

QUICK_SECONDS = 0.001
"""After shorter functions every single logger is left, where they were looked at a moment ago."""
MOMENT_SECONDS = 0.02
"""To look at everything takes 0.1 ms: after crowds of short functions that is done fifty times a second."""
MODULES_SECONDS = 0.2
"""To look at all of Python's own modules takes 1 ms: after shorter functions that is done five times a second."""
PAUSE_SECONDS = 0.05
"""A job that begins so long after the last one ended is in no crowd: at its end Python's modules are looked at, too.
Between jobs that are started one after the other there are pauses of 10 ms: with as much as that here, these looks took
an eighth of a worker's processor time."""
_log = logging.getLogger(__name__)
_kept: "_Kept | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """With what a process began, so that others can be started as it was."""

    folder: str | None
    """Its working folder; None: it was gone."""
    variables: Mapping[str, str] = field(repr=False)
    umask: int

    @classmethod
    def now(cls) -> "Beginning":
        """Look at this process. Called before it has threads: the umask can only be read by setting it."""
        umask = os.umask(0o077)
        os.umask(umask)
        return cls(folder=folder(), variables=dict(os.environ), umask=umask)

    def existing_folder(self) -> str:
        """Return the folder; where it is gone, the root of all."""
        return self.folder if self.folder is not None and os.path.isdir(self.folder) else os.path.abspath(os.sep)


def keep(*, on_stuck: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """Remember what this process is set to; from now on each job's changes are put back.

    Args:
        on_stuck: called when something cannot be put back, as a limit of the system that can only be lowered: the
            process should run no other job. That is at the end of a job, with no other one running.

    Returns:
        What ends it.
    """
    global _kept
    before, _kept = _kept, _Kept(Beginning.now().umask, on_stuck)

    def end() -> None:
        global _kept
        if _kept is not None:
            _kept.close()
        _kept = before

    return end


class PutBackAfterwards:
    """A context in which a job's function runs: what it has changed is put back. Nothing where `keep` was not called.

    A class, because it stands around every job: made with `contextmanager` it would take three times as long.
    """

    __slots__ = ("_began", "_hooks", "_is_in_crowd", "_kept")

    def __enter__(self) -> None:
        """Begin."""
        self._kept = _kept
        if self._kept is not None:
            self._hooks = Hooks()
            self._began = time.monotonic()
            self._is_in_crowd = self._kept.begin(self, at=self._began)

    def __exit__(self, *_raised: object) -> None:
        """Put back."""
        if self._kept is not None:
            self._hooks.put_back()
            forget_loop()
            self._kept.end(self, seconds=time.monotonic() - self._began, is_in_crowd=self._is_in_crowd)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What differed, and what was set, at a moment."""

    patches: Mapping[tuple[str, str], object]
    values: list[Any]


class _Kept:
    """What the process was set to when it began to run jobs."""

    def __init__(self, umask: int, on_stuck: Callable[[], None]) -> None:
        self._umask, self._on_stuck = umask, on_stuck
        self._lock = threading.RLock()
        with self._lock:  # another thread may load something meanwhile
            self._begin()
        self._thread = ThreadBeginning()
        self._looked_at = self._looked_at_modules = self._ended_at = time.monotonic()
        self._is_some_left = False
        self._running: set[object] = set()
        self._is_putting_back = False
        self._is_stuck = False
        self._is_told = False

    def _begin(self) -> None:
        self._codecs = Codecs()
        self._watch = ImportWatch(begins=self._look, ends=self._take_in)
        self._streams = Streams()
        self._at_once = (Setting(self._streams.read, self._streams.put_back, stays_with_library=False), *SETTINGS)
        self._all = (
            *self._at_once,
            Setting(self._streams.read_files, self._streams.put_back, stays_with_library=False),
            *SELDOM,
            *REGISTRIES,
            Setting(self._codecs.read, self._codecs.put_back),
        )
        self._values = _values(self._all)
        self._logging = LoggingSetUp()
        self._patches = Patches()

    def close(self) -> None:
        self._watch.close()
        self._codecs.close()
        self._streams.close()

    def _look(self) -> _Look:
        with self._lock:
            return _Look(patches=self._patches.changed(), values=_values(self._all))

    def _take_in(self, module: str, before: _Look | None) -> None:
        """Take what a module did as it was loaded for what was always so.

        `before`: what there was then; None: it is one of Python's own, whose contents are first seen now.
        """
        with self._lock:
            self._patches.note_loaded(module)
            now = _values(self._all)
            for place, setting in enumerate(self._all):
                is_first = self._values[place] is NOT_LOADED
                is_its = (
                    before is not None and setting.stays_with_library and before.values[place] == self._values[place]
                )
                if is_first or is_its:
                    self._values[place] = now[place]
            if before is not None:
                self._patches.keep_since(before.patches)

    def begin(self, run: object, *, at: float) -> bool:
        """Let a run begin, and say whether it is in a crowd.

        What the last one of a crowd left is put back here: no end had time to look.
        """
        is_in_crowd = at - self._ended_at < PAUSE_SECONDS
        if self._is_some_left and not is_in_crowd and not self._running:
            self._note_what_is_stuck(self._look_at_all)
        self._running.add(run)
        if self._is_putting_back:  # begin with what is put back, not with half of it
            with self._lock:
                pass
        return is_in_crowd

    def end(self, run: object, *, seconds: float, is_in_crowd: bool) -> None:
        """Put back, where the run that took so long was the last one. What goes wrong is no fault of the job.

        This comes before its outcome is told: what tells it uses Python's modules, too.
        """
        self._running.discard(run)
        self._is_some_left, self._ended_at = True, time.monotonic()
        self._note_what_is_stuck(lambda: self._end(seconds=seconds, is_in_crowd=is_in_crowd))
        if self._is_stuck and not self._running:  # else it would stop those that began since, which did nothing
            self._is_stuck = False
            self._on_stuck()

    def _look_at_all(self) -> None:
        """Put back what was left after short functions."""
        self._looked_at = time.monotonic()
        self._looked_at_modules = -math.inf
        self._thread.put_back()
        self._put_back_unless_a_job_runs()

    def _note_what_is_stuck(self, put_back: Callable[[], None]) -> None:
        try:
            put_back()
        except Exception:
            _log.exception("What a job changed in its process cannot be put back: this process is replaced.")
            self._is_stuck = True

    def _end(self, *, seconds: float, is_in_crowd: bool) -> None:
        at = time.monotonic()
        is_due = not is_in_crowd or seconds >= MOMENT_SECONDS or at - self._looked_at >= MOMENT_SECONDS
        if is_due:
            self._looked_at = at
            self._thread.put_back()
        if not is_in_crowd:
            self._looked_at_modules = -math.inf
        if not self._logging.is_as_it_was(is_quick=seconds < QUICK_SECONDS and not is_due):
            with self._lock:
                self._logging.put_back(is_alone=not self._running)
        if not self._running and (is_due or not self._is_as_it_was()):
            self._put_back_unless_a_job_runs()

    def _is_as_it_was(self) -> bool:
        umask = os.umask(self._umask)  # it can only be read by being set
        if self._running:  # a job that has just begun set it for itself
            os.umask(umask)
        return _values(self._at_once) == self._values[: len(self._at_once)]

    def _put_back_unless_a_job_runs(self) -> None:
        """Put back. No lock stands around each job: locks held while `getcwd` waits cost an eighth of all no-op jobs.

        A job that begins meanwhile either is seen here, or sees the flag and waits: one of the two is always first.
        """
        with self._lock:
            self._is_putting_back = True
            try:
                if not self._running:
                    self._put_back()
            finally:
                self._is_putting_back = False

    def _put_back(self) -> None:
        os.umask(self._umask)
        if (at := time.monotonic()) - self._looked_at_modules >= MODULES_SECONDS:
            self._looked_at_modules, self._is_some_left = at, False
            self._put_patches_back()  # first: what follows uses these functions
        for setting, value in zip(self._all, self._values, strict=True):
            if value is not NOT_LOADED and setting.read() != value:
                try:
                    setting.put_back(value)
                except Exception as error:  # such as a folder that is gone; the others are put back all the same
                    _log.warning("What a job changed in its process cannot be put back: %s", error)
                    self._is_stuck = True
        random.seed()  # whether a job has seeded it cannot be seen
        faulthandler.cancel_dump_traceback_later()  # nor whether one is due, which may end the process
        if lacks_files() and gc.collect() >= 0 and lacks_files():  # it closes what nobody has any more
            _log.warning("Jobs left so many files open that few are left to this process: it is replaced.")
            self._is_stuck = True

    def _put_patches_back(self) -> None:
        by_libraries = self._patches.put_back()
        if not by_libraries:
            return
        if not self._is_told:
            words = (
                "A library that a job called replaced %s. It is Python's own again, and this process is replaced: the "
            )
            words += "library may take it for replaced. Call it at the top of the job file, for all jobs."
            _log.warning(words, ", ".join(sorted(by_libraries)[:5]))
        self._is_told = True
        self._is_stuck = True


def _values(settings: tuple[Setting, ...]) -> list[Any]:
    return [setting.read() for setting in settings]
