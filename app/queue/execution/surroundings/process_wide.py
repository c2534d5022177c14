"""What a job may set for its whole process: how each of it is read, and put back. When that happens is decided by
`app.queue.execution.process_settings`.
"""

import calendar
import csv
import decimal
import errno
import faulthandler
import gc
import locale
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from app.queue.execution.surroundings.thread_settings import loop_policy

NOT_LOADED: Any = object()
"""What is read where the module that keeps it is not loaded."""
_environ = os.environ


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that is set for a whole process."""

    read: Callable[[], Any]
    put_back: Callable[[Any], object]
    stays_with_library: bool = True
    """Whether it stays where a module has set it while that was loaded."""


def folder() -> str | None:
    """Return the working folder; None: it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return None


def lacks_files() -> bool:
    """Say whether nine of ten files that this process may have open are: a new one gets the lowest free number."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        lowest = os.dup(1)
    except OSError as error:
        return error.errno == errno.EMFILE
    os.close(lowest)
    return allowed != resource.RLIM_INFINITY and lowest >= 0.9 * allowed


def owner() -> list[Any]:
    """Say as whom this process acts, and what it takes for the root of all folders."""
    root = os.stat("/")
    return [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups(), root.st_dev, root.st_ino]


def _set_owner(wanted: list[Any]) -> None:
    _, user, _, group, groups, *_ = wanted
    os.seteuid(user)  # first: the others need its rights
    os.setegid(group)
    if os.getgroups() != groups:
        os.setgroups(groups)
    if owner() != wanted:
        raise OSError("its user, or the root of all folders, was given up for good")


def _variables() -> dict[Any, Any]:
    """Return the variables as Python keeps them. To decode them all after every job would take 20 times as long."""
    kept = getattr(os.environ, "_data", None)
    return dict(kept) if kept is not None else dict(os.environ)


def _set_variables(wanted: dict[Any, Any]) -> None:
    setattr(os, "environ", _environ)  # noqa: B010 (mypy knows that it is never replaced; jobs do not)
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


def _set_loop_policy(policy: Any) -> None:
    vars(sys.modules["asyncio.events"])["_event_loop_policy"] = policy


def _limits_of(limits: tuple[int, ...]) -> "Setting":
    def put_back(wanted: list[tuple[int, int]]) -> None:
        for limit, one in zip(limits, wanted, strict=True):
            if resource.getrlimit(limit) != one:
                resource.setrlimit(limit, one)

    return Setting(lambda: [resource.getrlimit(limit) for limit in limits], put_back, stays_with_library=False)


def _opener() -> Any:
    return getattr(sys.modules.get("urllib.request"), "_opener", None)


def _set_opener(opener: Any) -> None:
    vars(sys.modules["urllib.request"])["_opener"] = opener


def _set_hooks(hooks: tuple[Any, ...]) -> None:
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = hooks


def _timers() -> list[bool]:
    """Say which alarms are due: `signal.alarm` ends the whole process."""
    return [signal.getitimer(timer)[0] > 0 for timer in _TIMERS]


def _end_timers(_: object) -> None:
    for timer in _TIMERS:
        signal.setitimer(timer, 0)


def _tools() -> list[str | None]:
    """Name who watches all code: since Python 3.12 a debugger, a profiler."""
    watching = getattr(sys, "monitoring", None)
    return [] if watching is None else [watching.get_tool(number) for number in range(6)]


def _end_tools(wanted: list[str | None]) -> None:
    watching = getattr(sys, "monitoring")  # noqa: B009 (mypy looks with the eyes of Python 3.11)
    for number, (name, found) in enumerate(zip(wanted, _tools(), strict=True)):
        if name is None and found is not None:
            watching.set_events(number, 0)
            watching.free_tool_id(number)


def _set_level_names(names: list[str]) -> None:
    for level, name in zip(_LEVELS, names, strict=True):
        logging.addLevelName(level, name)


def _set_tracing_of_memory(is_tracing: bool) -> None:
    if not is_tracing:
        tracemalloc.stop()


def _list_of(module: ModuleType, name: str) -> "Setting":
    """Compare a list that is changed in its place, or replaced: `sys.path = [folder, *sys.path]`."""
    ours = getattr(module, name)

    def put_back(wanted: list[Any]) -> None:
        ours[:] = wanted
        setattr(module, name, ours)

    return Setting(lambda: list(getattr(module, name)), put_back)


def _set_byte_code(wanted: tuple[bool, str | None]) -> None:
    sys.dont_write_bytecode, sys.pycache_prefix = wanted


def _executable_of_pools() -> Any:
    spawn = sys.modules.get("multiprocessing.spawn")
    return NOT_LOADED if spawn is None else spawn.get_executable()


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


_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
_LIMITS = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
"""What programs set for themselves; each costs a call into the system after every job."""
_OTHER_LIMITS = (resource.RLIMIT_STACK, resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)
SETTINGS = (
    Setting(folder, lambda path: os.chdir(path) if path is not None else None, stays_with_library=False),
    Setting(_variables, _set_variables),
    _list_of(sys, "path"),
    Setting(lambda: (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning), _set_hooks),
    Setting(threading.gettrace, lambda trace: threading.settrace(trace)),
    Setting(threading.getprofile, lambda profile: threading.setprofile(profile)),
    Setting(loop_policy, _set_loop_policy),
    _limits_of(_LIMITS),
    Setting(logging.getLogRecordFactory, logging.setLogRecordFactory),
    Setting(logging.getLoggerClass, logging.setLoggerClass),
    Setting(_opener, _set_opener),
    Setting(sys.getswitchinterval, sys.setswitchinterval),
    Setting(sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    Setting(gc.get_threshold, lambda threshold: gc.set_threshold(*threshold)),
    Setting(tempfile.gettempdir, lambda folder: setattr(tempfile, "tempdir", folder)),
    Setting(lambda: locale.setlocale(locale.LC_ALL), lambda found: locale.setlocale(locale.LC_ALL, found)),
    Setting(lambda: list(warnings.filters), _set_warnings),
    Setting(socket.getdefaulttimeout, socket.setdefaulttimeout),
    Setting(gc.isenabled, _set_collection),
    Setting(sys.getrecursionlimit, sys.setrecursionlimit),
    Setting(
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda method: multiprocessing.set_start_method(method, force=True),
    ),
)
SELDOM = (
    Setting(owner, _set_owner, stays_with_library=False),
    _list_of(sys, "argv"),
    _list_of(sys, "meta_path"),
    _list_of(sys, "path_hooks"),
    Setting(lambda: (sys.dont_write_bytecode, sys.pycache_prefix), _set_byte_code),
    Setting(sys.getdlopenflags, sys.setdlopenflags),
    Setting(_executable_of_pools, multiprocessing.set_executable),
    Setting(lambda: getattr(sys, "tracebacklimit", None), _set_traceback_limit),
    Setting(_computing, _set_computing),
    _limits_of(_OTHER_LIMITS),
    Setting(_tools, _end_tools),
    Setting(_timers, _end_timers, stays_with_library=False),
    Setting(lambda: logging.__dict__.get("_warnings_showwarning") is not None, logging.captureWarnings),
    Setting(lambda: [logging.getLevelName(level) for level in _LEVELS], _set_level_names),
    Setting(gc.get_debug, gc.set_debug),
    _list_of(gc, "callbacks"),
    Setting(calendar.firstweekday, calendar.setfirstweekday),
    Setting(csv.field_size_limit, csv.field_size_limit),
    Setting(threading.stack_size, threading.stack_size),
    Setting(tracemalloc.is_tracing, _set_tracing_of_memory),
    Setting(faulthandler.is_enabled, lambda is_on: faulthandler.enable() if is_on else faulthandler.disable()),
    Setting(lambda: logging.raiseExceptions, lambda raises: setattr(logging, "raiseExceptions", raises)),
)
"""What is set so seldom that it is not looked at after every single one of many short functions."""
