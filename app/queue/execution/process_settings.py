"""What a job may change for its whole process, and its being put back when the job has ended.

A job's function shares its process with other jobs: with those that run beside it in a worker's threads, and with
those that run there after it. What it sets for the whole process would reach into them: the working folder, the
variables, Python's `logging`. Logging is put back when the function ends, all else when no other job runs there any
more: a job beside it may have set it for itself. What it sets for its thread alone is in `thread_settings.py`, what it
replaces in Python's own modules in `patches.py`.

What a job must not leave behind in a process of its own (threads, children) is in
`app.queue.isolation.process_state`.
"""

import csv
import decimal
import faulthandler
import gc
import locale
import logging
import multiprocessing
import os
import random
import resource
import socket
import sys
import tempfile
import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from app.queue.execution.patches import Patches
from app.queue.execution.thread_settings import Hooks, ThreadBeginning, forget_loop, loop_policy

QUICK_SECONDS = 0.001
"""After shorter functions every single logger is left, where they were looked at a moment ago."""
MOMENT_SECONDS = 0.02
"""To look at everything takes 0.1 ms: after crowds of short functions that is done fifty times a second."""
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
        return cls(folder=_folder(), variables=dict(os.environ), umask=umask)

    def existing_folder(self) -> str:
        """Return the folder; where it is gone, the root of all."""
        return self.folder if self.folder is not None and os.path.isdir(self.folder) else os.path.abspath(os.sep)


def keep(*, on_stuck: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """Remember what this process is set to; from now on each job's changes are put back.

    Args:
        on_stuck: called when something cannot be put back, as a limit of the system that can only be lowered: the
            process should run no other job.

    Returns:
        What ends it.
    """
    global _kept
    before, _kept = _kept, _Kept(Beginning.now().umask, on_stuck)

    def end() -> None:
        global _kept
        _kept = before

    return end


class PutBackAfterwards:
    """A context in which a job's function runs: what it has changed is put back. Nothing where `keep` was not called.

    A class, because it stands around every job: made with `contextmanager` it would take three times as long.
    """

    __slots__ = ("_began", "_hooks", "_kept")

    def __enter__(self) -> None:
        """Begin."""
        self._kept = _kept
        if self._kept is not None:
            self._hooks = Hooks()
            self._began = time.monotonic()
            self._kept.begin(self)

    def __exit__(self, *_raised: object) -> None:
        """Put back."""
        if self._kept is not None:
            self._hooks.put_back()
            forget_loop()
            self._kept.end(self, seconds=time.monotonic() - self._began)


@dataclass(frozen=True, slots=True)
class _Setting:
    """Something that is set for a whole process."""

    read: Callable[[], Any]
    put_back: Callable[[Any], object]


class _Kept:
    """What the process was set to when it began to run jobs."""

    def __init__(self, umask: int, on_stuck: Callable[[], None]) -> None:
        self._umask, self._on_stuck = umask, on_stuck
        self._often, self._seldom = _values(_SETTINGS), _values(_SELDOM)
        self._logging = _Logging()
        self._patches = Patches()
        self._thread = ThreadBeginning()
        self._looked_at = time.monotonic()
        self._lock = threading.Lock()
        self._running: set[object] = set()
        self._is_putting_back = False

    def begin(self, run: object) -> None:
        self._running.add(run)
        if self._is_putting_back:  # begin with what is put back, not with half of it
            with self._lock:
                pass

    def end(self, run: object, *, seconds: float) -> None:
        """Put back, where the run that took so long was the last one."""
        self._running.discard(run)
        at = time.monotonic()
        is_due = seconds >= MOMENT_SECONDS or at - self._looked_at >= MOMENT_SECONDS
        if is_due:
            self._looked_at = at
            self._thread.put_back()
        if not self._logging.is_as_it_was(is_quick=seconds < QUICK_SECONDS and not is_due):
            with self._lock:
                self._logging.put_back()
        if not self._running and (is_due or not self._is_as_it_was()):
            self._put_back_unless_a_job_runs()

    def _is_as_it_was(self) -> bool:
        umask = os.umask(self._umask)  # it can only be read by being set
        if self._running:  # a job that has just begun set it for itself
            os.umask(umask)
        return _values(_SETTINGS) == self._often

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
        self._patches.put_back()  # first: what follows uses these functions
        settings = [*zip(_SETTINGS, self._often, strict=True), *zip(_SELDOM, self._seldom, strict=True)]
        for setting, value in settings:
            if setting.read() != value:
                try:
                    setting.put_back(value)
                except Exception as error:  # such as a folder that is gone; the others are put back all the same
                    _log.warning("What a job changed in its process cannot be put back: %s", error)
                    self._on_stuck()
        random.seed()  # whether a job has seeded it cannot be seen


class _Logging:
    """How `logging` was set up. Looked at after every job: at all loggers only where something may have changed."""

    def __init__(self) -> None:
        self._loggers = [logging.getLogger(), *_named_loggers()]
        self._set_up = [
            (one.level, one.propagate, one.disabled, list(one.handlers), list(one.filters)) for one in self._loggers
        ]
        self._seen = self._look()
        self._seen_fully = self._look_fully()
        self._witness = _Witness()

    def is_as_it_was(self, *, is_quick: bool) -> bool:
        is_same = self._look() == self._seen and not self._witness.is_closed
        return is_same and (is_quick or self._look_fully() == self._seen_fully)

    def put_back(self) -> None:
        self._witness = _Witness()
        logging.disable(self._seen[0])
        for logger in _named_loggers():
            logger.disabled = False  # one that the job itself has made, too: the next job may use it
        for logger, (level, propagate, is_disabled, handlers, filters) in zip(self._loggers, self._set_up, strict=True):
            logger.setLevel(level)
            logger.propagate, logger.disabled = propagate, is_disabled
            logger.handlers[:], logger.filters[:] = handlers, filters

    def _look(self) -> tuple[Any, ...]:
        root = self._loggers[0]
        return root.manager.disable, root.disabled, root.level, list(root.handlers)

    def _look_fully(self) -> list[Any]:
        return [
            [(one.level, one.propagate, len(one.filters)) for one in self._loggers],
            [one for one in _named_loggers() if one.disabled],
        ]


class _Witness(logging.Handler):
    """A handler of no logger. `logging.config` closes every handler there is, and so this one tells of it."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True
        super().close()


def _named_loggers() -> list[logging.Logger]:
    known = list(logging.getLogger().manager.loggerDict.values())
    return [one for one in known if isinstance(one, logging.Logger)]


def _values(settings: "tuple[_Setting, ...]") -> list[Any]:
    return [setting.read() for setting in settings]


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _variables() -> dict[Any, Any]:
    """Return the variables as Python keeps them. To decode them all after every job would take 20 times as long."""
    kept = getattr(os.environ, "_data", None)
    return dict(kept) if kept is not None else dict(os.environ)


def _set_variables(wanted: dict[Any, Any]) -> None:
    raw = cast("dict[Any, Any]", os.environb if isinstance(next(iter(wanted), b""), bytes) else os.environ)
    zone = os.environ.get("TZ")
    for name in set(_variables()) - set(wanted):
        raw.pop(name, None)
    raw.update(wanted)
    if os.environ.get("TZ") != zone:
        time.tzset()


def _set_warnings(filters: list[Any]) -> None:
    warnings.resetwarnings()  # so that what was decided with the other filters is forgotten
    warnings.filters[:] = filters  # type: ignore[index]  # a list, whatever the stubs say


def _set_collection(is_enabled: bool) -> None:
    (gc.enable if is_enabled else gc.disable)()


def _set_streams(streams: tuple[Any, Any, Any]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams


def _set_loop_policy(policy: Any) -> None:
    vars(sys.modules["asyncio.events"])["_event_loop_policy"] = policy


def _set_limits(limits: list[tuple[int, int]]) -> None:
    for limit, wanted in zip(_LIMITS, limits, strict=True):
        if resource.getrlimit(limit) != wanted:
            resource.setrlimit(limit, wanted)


def _opener() -> Any:
    return getattr(sys.modules.get("urllib.request"), "_opener", None)


def _set_opener(opener: Any) -> None:
    vars(sys.modules["urllib.request"])["_opener"] = opener


def _set_hooks(hooks: tuple[Any, ...]) -> None:
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks


def _set_tracing_of_memory(is_tracing: bool) -> None:
    if not is_tracing:
        tracemalloc.stop()


def _search() -> tuple[Any, ...]:
    return list(sys.argv), list(sys.meta_path), list(sys.path_hooks), sys.dont_write_bytecode


def _set_search(wanted: tuple[Any, ...]) -> None:
    sys.argv[:], sys.meta_path[:], sys.path_hooks[:], sys.dont_write_bytecode = wanted


def _set_traceback_limit(limit: int | None) -> None:
    if limit is None:
        vars(sys).pop("tracebacklimit", None)
    else:
        sys.tracebacklimit = limit


def _computing() -> tuple[Any, ...]:
    """Return with what a thread's decimal context begins that has none yet."""
    usual = decimal.DefaultContext
    return usual.prec, usual.rounding, usual.Emin, usual.Emax, usual.capitals, usual.clamp, dict(usual.traps)


def _set_computing(wanted: tuple[Any, ...]) -> None:
    usual = decimal.DefaultContext
    usual.prec, usual.rounding, usual.Emin, usual.Emax, usual.capitals, usual.clamp, traps = wanted
    usual.traps.update(traps)


_LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
"""What programs set for themselves; each costs a call into the system after every job."""
_SETTINGS = (
    _Setting(_folder, lambda folder: os.chdir(folder) if folder is not None else None),
    _Setting(_variables, _set_variables),
    _Setting(lambda: list(sys.path), lambda path: sys.path.__setitem__(slice(None), path)),
    _Setting(lambda: (sys.stdin, sys.stdout, sys.stderr), _set_streams),
    _Setting(lambda: (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning), _set_hooks),
    _Setting(threading.gettrace, lambda trace: threading.settrace(trace)),
    _Setting(threading.getprofile, lambda profile: threading.setprofile(profile)),
    _Setting(loop_policy, _set_loop_policy),
    _Setting(lambda: [resource.getrlimit(limit) for limit in _LIMITS], _set_limits),
    _Setting(logging.getLogRecordFactory, logging.setLogRecordFactory),
    _Setting(logging.getLoggerClass, logging.setLoggerClass),
    _Setting(_opener, _set_opener),
    _Setting(sys.getswitchinterval, sys.setswitchinterval),
    _Setting(sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    _Setting(gc.get_threshold, lambda threshold: gc.set_threshold(*threshold)),
    _Setting(tempfile.gettempdir, lambda folder: setattr(tempfile, "tempdir", folder)),
    _Setting(lambda: locale.setlocale(locale.LC_ALL), lambda found: locale.setlocale(locale.LC_ALL, found)),
    _Setting(lambda: list(warnings.filters), _set_warnings),
    _Setting(socket.getdefaulttimeout, socket.setdefaulttimeout),
    _Setting(gc.isenabled, _set_collection),
    _Setting(sys.getrecursionlimit, sys.setrecursionlimit),
    _Setting(
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda method: multiprocessing.set_start_method(method, force=True),
    ),
)
_SELDOM = (
    _Setting(_search, _set_search),
    _Setting(lambda: getattr(sys, "tracebacklimit", None), _set_traceback_limit),
    _Setting(_computing, _set_computing),
    _Setting(csv.field_size_limit, csv.field_size_limit),
    _Setting(threading.stack_size, threading.stack_size),
    _Setting(tracemalloc.is_tracing, _set_tracing_of_memory),
    _Setting(faulthandler.is_enabled, lambda is_on: faulthandler.enable() if is_on else faulthandler.disable()),
    _Setting(lambda: logging.raiseExceptions, lambda raises: setattr(logging, "raiseExceptions", raises)),
)
"""What is set so seldom that it is not looked at after every single one of many short functions."""
