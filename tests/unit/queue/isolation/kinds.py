"""The kinds that the tests of isolated jobs run, and the process that runs them: `python kinds.py PIPE`."""

import asyncio
import decimal
import enum
import logging
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import psutil

from app.queue import JobContext, job


class Colour(enum.Enum):
    """A member of it is no text."""

    RED = 1


class Unwilling:
    """Something that cannot be written."""

    def __str__(self) -> str:
        """Refuse."""
        raise LookupError("no words")


MESSAGES: dict[str, object] = {
    "path": Path("/tmp/x"),
    "decimal": decimal.Decimal("1.5"),
    "date": date(2026, 1, 2),
    "set": {1},
    "enum": Colour.RED,
    "exception": ValueError("bad"),
    "bytes": b"raw",
    "type": dict,
    "half a character": "\ud800",
    "unwilling": Unwilling(),
}


@job(max_retries=0)
def leave_daemon(ctx: JobContext) -> int:
    """Leave a process that has neither this parent nor this session, and return its number."""
    script = "setsid sleep 1000 > /dev/null & echo $!"
    return int(subprocess.run(["/bin/sh", "-c", script], stdout=subprocess.PIPE, check=True).stdout)


@job(max_retries=0)
def report(ctx: JobContext, what: str) -> str:
    """Report something that is no text, and lines beside it."""
    ctx.log("before")
    ctx.progress(1, 2, cast("str", MESSAGES[what]))
    time.sleep(0.2)  # long enough for what is reported meanwhile to go by itself
    ctx.log(cast("str", Path("/tmp/line")))
    logging.getLogger("odd").log(10**30, "very important")
    return "done"


@job(max_retries=0)
def count_far(ctx: JobContext) -> None:
    """Report numbers of which no database and no JSON has the like."""
    for number in (10**400, 10**30, float("inf"), float("nan"), decimal.Decimal(3)):
        ctx.progress(cast("float", number), cast("float", number))


@job(max_retries=0)
def nest(ctx: JobContext, depth: int) -> Any:
    """Return a list in a list in a list."""
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    return nested


@job(max_retries=0)
def look(ctx: JobContext) -> list[str]:
    """Answer which process this is, its folder, a variable, the umask."""
    umask = os.umask(0o022)
    os.umask(umask)
    return [str(os.getpid()), str(Path.cwd()), os.environ.get("MOVED", "-"), oct(umask)]


def _alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(1)


def _leave_a_closed_loop() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.close()


def _let_a_library_patch() -> None:
    time.sleep(0.3)  # Python's own modules are not looked at after each of many short functions
    vars(time)["localtime"] = psutil.boot_time


def _give_up_rights() -> None:
    if os.getuid() == 0:
        os.setuid(65_534)


def _leave_the_root() -> None:
    if os.getuid() == 0:
        os.chroot(tempfile.gettempdir())


CHANGES: dict[str, Callable[[], object]] = {
    "start method": lambda: multiprocessing.set_start_method("spawn"),
    "alarm": _alarm,
    "a signal": lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN),
    "limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    "logging": lambda: logging.disable(logging.CRITICAL),
    "tracing": lambda: sys.settrace(lambda *_: None),
    "priority": lambda: os.nice(1),
    "blocked signals": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2}),
    "a closed event loop": _leave_a_closed_loop,
    "event loop": lambda: asyncio.run(asyncio.sleep(0)),
    "a library": _let_a_library_patch,
    "user": _give_up_rights,
    "root of all folders": _leave_the_root,
}


@job(max_retries=0)
def change(ctx: JobContext, what: str) -> None:
    """Change something of the process, and leave it so."""
    CHANGES[what]()


@job(max_retries=0)
def speak(ctx: JobContext, seconds: float = 0.0) -> list[Any]:
    """Say something through Python's logging; answer what another job may have changed."""
    time.sleep(seconds)
    logging.getLogger("late").warning("still here")
    return [
        str(signal.getsignal(signal.SIGUSR1)),
        resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64,
        multiprocessing.get_start_method(allow_none=True),
        os.getpriority(os.PRIO_PROCESS, 0),
        signal.SIGUSR2 in signal.pthread_sigmask(signal.SIG_BLOCK, []),
        sys.gettrace() is None,
        os.getuid(),
        Path("/proc").exists(),
    ]


if __name__ == "__main__":
    from app.queue.context.log_capture import capture_logging
    from app.queue.execution import process_settings
    from app.queue.isolation.child import serve

    time.sleep(float(os.environ.get("SLOW_IMPORT", "0")))
    capture_logging()
    is_spent = threading.Event()
    process_settings.keep(on_stuck=is_spent.set)
    serve(Connection(int(sys.argv[1])), is_spent=is_spent)
