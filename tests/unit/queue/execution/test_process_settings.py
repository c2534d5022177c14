"""What a job sets for its whole process: the next job there does not meet it."""

import asyncio
import calendar
import contextlib
import cProfile
import csv
import decimal
import gc
import io
import locale
import logging
import mimetypes
import multiprocessing
import multiprocessing.spawn
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.db import JobSnapshot
from app.db.queries import jobs
from app.queue import JobContext, job
from app.queue.execution import process_settings
from app.queue.execution.surroundings.logging_setup import LoggingSetUp
from tests.patience import patient
from tests.waiting import until

RunWorker = Callable[..., object]


def finished(started: JobSnapshot) -> JobSnapshot:
    """Wait until the job is finished."""

    def ended() -> JobSnapshot | None:
        found = jobs.get_job(started.id)
        return found if found is not None and found.state.is_finished else None

    return until(ended)


def read_umask() -> int:
    """Read the umask, which can only be read by setting it."""
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


def enter_a_folder_that_goes() -> None:
    """Work in a folder of one's own, and clean up: habits that together leave a process without a folder."""
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)


def set_another_zone() -> None:
    """Compute in another time zone."""
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()


def lower_the_limit_of_files() -> None:
    """Let the process open fewer files; not so few that this one lacks them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))


def leave_a_closed_loop() -> None:
    """Run something with an event loop of one's own, close it, and leave it set."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def find_a_loop() -> str:
    """Ask for the thread's event loop, as old libraries do."""
    try:
        return f"closed: {asyncio.get_event_loop().is_closed()}"
    except RuntimeError as error:
        return str(error).split(" in thread")[0]


def use_another_policy() -> None:
    """Have event loops made otherwise, as `uvloop.install()` does."""

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.14 wants no policies any more

        class Other(asyncio.DefaultEventLoopPolicy):
            """Another one."""

        asyncio.set_event_loop_policy(Other())


def name_of_policy() -> str:
    """Say what makes event loops."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return type(asyncio.get_event_loop_policy()).__name__


def capture_warnings() -> str:
    """Let the log have what is warned of, and say who hears it meanwhile."""
    logging.captureWarnings(True)
    try:
        return warnings.showwarning.__module__
    finally:
        logging.captureWarnings(False)


def profile() -> str:
    """Profile something; only one may at a time."""
    try:
        with cProfile.Profile():
            return "profiled"
    except ValueError as error:
        return str(error)


CHANGES: dict[str, tuple[Callable[[], object], Callable[[], Any]]] = {
    "folder": (lambda: os.chdir("/"), lambda: str(Path.cwd())),
    "folder that is gone": (enter_a_folder_that_goes, lambda: str(Path.cwd())),
    "variable": (lambda: os.environ.update(MOVED="yes"), lambda: os.environ.get("MOVED")),
    "all variables": (os.environ.clear, lambda: os.environ.get("PATH")),
    "time zone": (set_another_zone, lambda: [*time.tzname]),
    "umask": (lambda: os.umask(0o777), read_umask),
    "start method": (
        lambda: multiprocessing.set_start_method("spawn", force=True),
        lambda: multiprocessing.get_start_method(allow_none=True),
    ),
    "socket time-out": (lambda: socket.setdefaulttimeout(0.001), socket.getdefaulttimeout),
    "import path": (lambda: sys.path.insert(0, "/elsewhere"), lambda: list(sys.path)),
    "import path, replaced": (lambda: setattr(sys, "path", ["/elsewhere", *sys.path]), lambda: list(sys.path)),
    "object of the variables": (lambda: setattr(os, "environ", {"MOVED": "yes"}), lambda: os.environ.get("MOVED")),
    "output": (lambda: setattr(sys, "stdout", None), lambda: sys.stdout is None),
    "collection of garbage": (gc.disable, gc.isenabled),
    "depth of calls": (lambda: sys.setrecursionlimit(200), sys.getrecursionlimit),
    "warnings": (lambda: warnings.simplefilter("ignore"), lambda: warnings.filters[0][0]),
    "folder of temporary files": (lambda: setattr(tempfile, "tempdir", "/elsewhere"), tempfile.gettempdir),
    "locale": (lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"), lambda: locale.setlocale(locale.LC_ALL)),
    "limit of the system": (lower_the_limit_of_files, lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    "what hears of a thread's end": (
        lambda: setattr(threading, "excepthook", print),
        lambda: threading.excepthook is print,
    ),
    "what hears of an error": (lambda: setattr(sys, "excepthook", print), lambda: sys.excepthook is print),
    "turns of threads": (lambda: sys.setswitchinterval(2.0), sys.getswitchinterval),
    "digits of numbers": (lambda: sys.set_int_max_str_digits(700), sys.get_int_max_str_digits),
    "thresholds of the collection": (lambda: gc.set_threshold(1), lambda: [*gc.get_threshold()]),
    "tracing": (lambda: sys.settrace(lambda *_: None), lambda: sys.gettrace() is None),
    "profiling": (lambda: sys.setprofile(lambda *_: None), lambda: sys.getprofile() is None),
    "tracing of threads to come": (lambda: threading.settrace(lambda *_: None), lambda: threading.gettrace() is None),
    "event loop of the thread": (leave_a_closed_loop, find_a_loop),
    "policy of event loops": (use_another_policy, name_of_policy),
    "records of the log": (
        lambda: logging.setLogRecordFactory(lambda *_, **__: logging.makeLogRecord({})),
        lambda: logging.getLogRecordFactory().__name__,
    ),
    "warnings in the log": (lambda: logging.captureWarnings(True), lambda: warnings.showwarning.__name__),
    "opener of addresses": (
        lambda: urllib.request.install_opener(urllib.request.build_opener()),
        lambda: vars(urllib.request)["_opener"] is None,
    ),
    "input": (lambda: setattr(sys, "stdin", io.StringIO("moved")), lambda: isinstance(sys.stdin, io.StringIO)),
    "random numbers": (lambda: random.seed(7), lambda: random.random() == random.Random(7).random()),
    "arguments": (lambda: sys.argv.append("--moved"), lambda: sys.argv[-1]),
    "arguments, replaced": (lambda: setattr(sys, "argv", ["other"]), lambda: list(sys.argv)),
    "first day of weeks": (lambda: calendar.setfirstweekday(calendar.SUNDAY), calendar.firstweekday),
    "depth of tracebacks": (lambda: setattr(sys, "tracebacklimit", 0), lambda: hasattr(sys, "tracebacklimit")),
    "length of fields": (lambda: csv.field_size_limit(3), csv.field_size_limit),
    "cache of byte code": (lambda: setattr(sys, "pycache_prefix", "/elsewhere"), lambda: sys.pycache_prefix),
    "how libraries are opened": (lambda: sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL), sys.getdlopenflags),
    "what processes of pools run": (
        lambda: multiprocessing.set_executable("/bin/false"),
        lambda: str(multiprocessing.spawn.get_executable()),
    ),
    "room of threads": (lambda: threading.stack_size(2**20), threading.stack_size),
    "tracing of memory": (tracemalloc.start, tracemalloc.is_tracing),
    "errors of the log": (lambda: setattr(logging, "raiseExceptions", False), lambda: logging.raiseExceptions),
    "another limit of the system": (
        lambda: resource.setrlimit(resource.RLIMIT_STACK, (2**20, resource.getrlimit(resource.RLIMIT_STACK)[1])),
        lambda: [*resource.getrlimit(resource.RLIMIT_STACK)],
    ),
    "alarm": (lambda: signal.alarm(1000), lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0),
    "names of levels": (lambda: logging.addLevelName(logging.INFO, "NOTE"), lambda: logging.getLevelName(logging.INFO)),
    "warnings in the log, again": (lambda: logging.captureWarnings(True), capture_warnings),
    "types of files": (lambda: mimetypes.add_type("text/odd", ".csv"), lambda: mimetypes.guess_type("a.csv")[0]),
    "what the collection tells": (lambda: gc.set_debug(gc.DEBUG_SAVEALL), gc.get_debug),
    "who hears of the collection": (lambda: gc.callbacks.append(lambda *_: None), lambda: len(gc.callbacks)),
    "profiler": (lambda: cProfile.Profile().enable(), profile),
    "precision of new threads": (
        lambda: setattr(decimal.DefaultContext, "prec", 3),
        lambda: decimal.DefaultContext.prec,
    ),
    "precision of the thread": (lambda: setattr(decimal.getcontext(), "prec", 3), lambda: decimal.getcontext().prec),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_job_sets_for_its_process_is_put_back_for_the_next(
    run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    change, read = CHANGES[what]
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)  # what is set seldom is looked at after each job

    @job(max_retries=0)
    def change_it(ctx: JobContext) -> None:
        """Set it and leave it so."""
        change()

    @job(max_retries=0)
    def look(ctx: JobContext) -> Any:
        """Answer what is found."""
        return read()

    run_worker(threads=1)
    before = finished(look.start()).result
    changed = finished(change_it.start())

    assert changed.error is None
    assert finished(look.start()).result == before


def test_what_a_job_sets_while_another_runs_beside_it_stays_until_both_have_ended(
    run_worker: RunWorker, tmp_path: Path
) -> None:
    @job(max_retries=0)
    def move(ctx: JobContext) -> str:
        """Work in a folder while another job begins and ends."""
        os.chdir(tmp_path)
        (tmp_path / "moved").touch()
        while not (tmp_path / "other").exists():
            ctx.progress(0)
        return str(Path.cwd())

    @job(max_retries=0)
    def look(ctx: JobContext) -> str:
        """Answer the folder."""
        return str(Path.cwd())

    run_worker(threads=2)
    before = finished(look.start()).result
    moving = move.start()
    until((tmp_path / "moved").exists)
    finished(look.start())
    (tmp_path / "other").touch()

    assert finished(moving).result == str(tmp_path)
    assert finished(look.start()).result == before


def test_what_goes_wrong_with_the_putting_back_is_no_fault_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    def fail(_self: object, *, is_quick: bool) -> bool:
        raise RuntimeError("dictionary changed size during iteration")

    monkeypatch.setattr(LoggingSetUp, "is_as_it_was", fail)
    with process_settings.PutBackAfterwards():
        told.append("done")
    end()

    assert told == ["done", "stuck"]


def test_a_process_in_which_something_cannot_be_put_back_is_told_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, told = tmp_path / "gone", list[str]()
    folder.mkdir()
    monkeypatch.chdir(folder)
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    with process_settings.PutBackAfterwards():
        os.chdir("/")
        folder.rmdir()
    end()

    assert told == ["stuck"]


@pytest.mark.parametrize(("keeps", "said"), [(True, ["stuck"]), (False, [])])
def test_a_process_in_which_jobs_leave_nearly_all_files_open_is_told_of_it(
    monkeypatch: pytest.MonkeyPatch, keeps: bool, said: list[str]
) -> None:
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)  # it is looked at as after a job that took a moment
    told = list[str]()
    gc.collect()  # what it would close later would give low numbers back, and files would not be lacking
    lowest = os.dup(1)
    os.close(lowest)
    before, allowed = resource.getrlimit(resource.RLIMIT_NOFILE), lowest + 600
    with contextlib.ExitStack() as undo, contextlib.ExitStack() as left:
        undo.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, before[1]))
        undo.callback(process_settings.keep(on_stuck=lambda: told.append("stuck")))
        with process_settings.PutBackAfterwards():
            number = lowest
            while number < 0.95 * allowed:
                number = os.dup(1)
                left.callback(os.close, number)
            if not keeps:
                left.close()

    assert told == said


def test_the_user_that_a_job_acts_as_is_put_back_for_the_next() -> None:
    # In a process of its own: for that moment this one could open no file that only root may read.
    script = """
import os
from app.queue.execution import process_settings
process_settings.MOMENT_SECONDS = 0.0
process_settings.keep()
with process_settings.PutBackAfterwards():
    if os.geteuid() == 0:  # nobody else may act as another user
        os.seteuid(65_534)
print(os.geteuid())
"""
    ended = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, timeout=patient(50))

    assert ended.stdout == f"{os.geteuid()}\n"


@pytest.mark.thorough
def test_an_end_that_a_job_has_planned_for_its_process_does_not_come() -> None:
    script = """
import faulthandler, sys, threading
from app.queue.execution import process_settings
process_settings.keep()
planned_seconds = float(sys.argv[1])
with process_settings.PutBackAfterwards():
    faulthandler.dump_traceback_later(planned_seconds, exit=True)
    threading.Event().wait(0.1)
threading.Event().wait(planned_seconds)
print("lives")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script, f"{patient(1)}"], stdout=subprocess.PIPE, text=True, timeout=patient(50)
    )

    assert ended.stdout == "lives\n"
