"""What a job may change for its whole process, and its being put back when the job has ended.

A job's function shares its process with other jobs: with those that run beside it in a worker's threads, and with
those that run there after it. What it sets for the whole process would reach into them: the working folder, the
variables, Python's `logging`. Logging is put back when the function ends, all else when no other job runs there any
more: a job beside it may have set it for itself.

What a job must not leave behind in a process of its own (threads, children) is in
`app.queue.isolation.process_state`.
"""

import gc
import locale
import logging
import multiprocessing
import os
import resource
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

QUICK_SECONDS = 0.001
"""After shorter functions what is rarely set and takes long to look at (every single logger) is left."""
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


def keep() -> Callable[[], None]:
    """Remember what this process is set to; from now on each job's changes are put back. Returns what ends that."""
    global _kept
    before, _kept = _kept, _Kept(Beginning.now().umask)

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
            self._hooks = sys.gettrace(), sys.getprofile()
            self._began = time.monotonic()
            self._kept.begin(self)

    def __exit__(self, *_raised: object) -> None:
        """Put back."""
        if self._kept is not None:
            _put_back_hooks(*self._hooks)
            _forget_loop()
            self._kept.end(self, is_quick=time.monotonic() - self._began < QUICK_SECONDS)


def _put_back_hooks(trace: Any, profile: Any) -> None:
    """Let a debugger or a profiler that a job has left in its thread hear nothing of the next."""
    if sys.gettrace() is not trace:
        sys.settrace(trace)
    if sys.getprofile() is not profile:
        sys.setprofile(profile)


def _forget_loop() -> None:
    """Leave no event loop set for this thread: it is mostly closed, and another job asks for the thread's loop.

    The main thread, in which a job runs alone, gets the policy that it had, and so another loop.
    """
    if (policy := _loop_policy()) is not None and threading.current_thread() is not threading.main_thread():
        policy.set_event_loop(None)


@dataclass(frozen=True, slots=True)
class _Setting:
    """Something that is set for a whole process."""

    read: Callable[[], Any]
    put_back: Callable[[Any], object]


class _Kept:
    """What the process was set to when it began to run jobs."""

    def __init__(self, umask: int) -> None:
        self._umask = umask
        self._reads = [setting.read for setting in _SETTINGS]
        self._values = [read() for read in self._reads]
        self._logging = _Logging()
        self._lock = threading.Lock()
        self._running: set[object] = set()
        self._is_putting_back = False

    def begin(self, run: object) -> None:
        self._running.add(run)
        if self._is_putting_back:  # begin with what is put back, not with half of it
            with self._lock:
                pass

    def end(self, run: object, *, is_quick: bool) -> None:
        self._running.discard(run)
        if not self._logging.is_as_it_was(is_quick=is_quick):
            with self._lock:
                self._logging.put_back()
        if not self._running and not self._is_as_it_was():
            self._put_back_unless_a_job_runs()

    def _is_as_it_was(self) -> bool:
        umask = os.umask(self._umask)  # it can only be read by being set
        if self._running:  # a job that has just begun set it for itself
            os.umask(umask)
        return [read() for read in self._reads] == self._values

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
        for setting, value in zip(_SETTINGS, self._values, strict=True):
            if setting.read() != value:
                try:
                    setting.put_back(value)
                except Exception as error:  # such as a folder that is gone; the others are put back all the same
                    _log.warning("What a job changed in its process cannot be put back: %s", error)


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


def _loop_policy() -> Any:
    """Return what makes event loops; None: nobody has asked for one yet. Python 3.14 warns whoever asks by its name."""
    return getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)


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
    _Setting(_loop_policy, _set_loop_policy),
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
