"""The kinds that the end-to-end tests run, given to the instance with `--jobs`. The tests never import this file.

What a job of these does is steered and seen through a folder of its test: it notes each run there, and waits there for
a file that the test makes. So no test has to guess how long something takes.
"""

import contextlib
import hashlib
import logging
import multiprocessing
import os
import re
import signal
import time
from pathlib import Path
from typing import Literal

import psutil

from app.queue import JobContext, JobError, Secret, job

PAUSE_SECONDS = 0.02
SHORT_GRACE_SECONDS = 0.3


def note(ctx: JobContext, folder: Path, what: str) -> None:
    """Add a line to the notes of this job: what happened, in which attempt."""
    with (folder / f"{ctx.job_id}.notes").open("a") as notes:
        notes.write(f"{what} {ctx.attempt}\n")


@job(max_retries=0)
def count(ctx: JobContext, folder: Path, to: int = 1, stop_at: int = 0) -> int:
    """Count step by step, with progress, a line of the log for each step, and a file at the end.

    In the step `stop_at` it waits as `wait` does.
    """
    note(ctx, folder, "began")
    for step in ctx.track(range(1, to + 1), message="counting"):
        ctx.log(f"step {step}")
        time.sleep(PAUSE_SECONDS)
        while step == stop_at and not _is_open(ctx, folder):
            time.sleep(PAUSE_SECONDS)
    logging.getLogger("counting").warning("counted to %d", to)
    ctx.attach("counted.txt", f"{to}\n")
    note(ctx, folder, "ended")
    return to


@job(max_retries=0, grace=SHORT_GRACE_SECONDS)
def wait(ctx: JobContext, folder: Path) -> int:
    """Wait for the file `open`, or a narrower one of `_is_open`, and ask all the time whether to stop."""
    note(ctx, folder, "began")
    while not _is_open(ctx, folder):
        ctx.progress(0, message="waiting")
        time.sleep(PAUSE_SECONDS)
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0, grace=10)
def finish_work(ctx: JobContext, folder: Path) -> int:
    """Wait for the file `finish`; it has ten seconds of grace to end its work in."""
    note(ctx, folder, "began")
    while not (folder / "finish").exists():
        time.sleep(PAUSE_SECONDS)
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0, grace=SHORT_GRACE_SECONDS, timeout=0.5)
def take_too_long(ctx: JobContext, folder: Path, *, asks: bool = True) -> None:
    """Run past the time limit; with `asks` it asks whether to stop, else it has to be interrupted."""
    note(ctx, folder, "began")
    while True:
        if asks:
            ctx.progress(0)
        time.sleep(PAUSE_SECONDS)


@job(max_retries=0, grace=1)
def ask_nothing(ctx: JobContext, folder: Path) -> int:
    """Wait for the file `open`, never ask whether to stop, and note an interruption."""
    note(ctx, folder, "began")
    try:
        while not _is_open(ctx, folder):
            time.sleep(PAUSE_SECONDS)
    except BaseException:
        note(ctx, folder, "interrupted")
        raise
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0, grace=SHORT_GRACE_SECONDS)
def swallow(ctx: JobContext, folder: Path) -> int:
    """Wait for the file `open` and swallow every exception meanwhile."""
    note(ctx, folder, "began")
    while not _is_open(ctx, folder):
        try:
            ctx.progress(0)
            time.sleep(PAUSE_SECONDS)
        except BaseException:
            continue
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0, grace=SHORT_GRACE_SECONDS)
def fail_when_stopped(ctx: JobContext, folder: Path) -> int:
    """Wait for the file `open`; turn whatever stops it into an error of its own, as libraries do."""
    note(ctx, folder, "began")
    while not _is_open(ctx, folder):
        try:
            ctx.progress(0)
            time.sleep(PAUSE_SECONDS)
        except BaseException as error:
            raise OSError("the connection was closed") from error
    return ctx.attempt


@job(max_retries=0, grace=SHORT_GRACE_SECONDS)
def sleep_deeply(ctx: JobContext, folder: Path) -> int:
    """Sleep for an hour in one call that nothing interrupts, but only in the first attempt."""
    note(ctx, folder, "began")
    if ctx.attempt == 1:
        time.sleep(3600)
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=2, retry_delay=[0.4, 0.6])
def fail_at_first(ctx: JobContext, folder: Path, failures: int = 1) -> int:
    """Fail in the first attempts, then succeed."""
    note(ctx, folder, "began")
    if ctx.attempt <= failures:
        raise ConnectionError(f"the service did not answer, try {ctx.attempt}")
    return ctx.attempt


@job(max_retries=1, retry_delay=3600)
def fail_and_wait(ctx: JobContext, folder: Path) -> None:
    """Fail; the next attempt comes in an hour."""
    note(ctx, folder, "began")
    raise ConnectionError("the service did not answer")


@job(retry_delay=0.1)
def refuse(ctx: JobContext, folder: Path) -> None:
    """Say that there is nothing to be done."""
    note(ctx, folder, "began")
    raise JobError("The file has no rows.")


@job(retry_delay=0.1, no_retry_on=(LookupError, ValueError))
def fail_for_good(ctx: JobContext, folder: Path) -> None:
    """Fail with something that no retry mends."""
    note(ctx, folder, "began")
    raise KeyError("column")


@job(max_retries=1, retry_delay=0.1, retry_on=ConnectionError)
def fail_by_choice(ctx: JobContext, folder: Path, *, is_retried: bool) -> None:
    """Fail with the one error that is retried, or with another."""
    note(ctx, folder, "began")
    raise ConnectionResetError("reset by peer") if is_retried else ValueError("no such day")


@job(max_retries=0)
def talk(ctx: JobContext, lines: int, width: int = 0) -> None:
    """Write a long log as fast as it can be taken; each line is filled up to `width` characters."""
    for number in range(1, lines + 1):
        ctx.log(f"line {number}".ljust(width, "."))
        if width:
            time.sleep(0)


@job(max_retries=0)
def log_in(ctx: JobContext, password: Secret, *, fails: bool = False) -> str:
    """Use a secret: answer its SHA-256, or fail with it at hand."""
    digest = hashlib.sha256(password.get_secret_value().encode()).hexdigest()
    ctx.log(f"logging in with {password} as {ctx.params}")
    if fails:
        raise RuntimeError(f"login refused for {password!r}")
    return digest


@job(queue="side", max_retries=0)
def count_aside(ctx: JobContext, folder: Path) -> None:
    """Run once, in a queue of its own."""
    note(ctx, folder, "began")
    note(ctx, folder, "ended")


def _is_open(ctx: JobContext, folder: Path) -> bool:
    """Say whether the test let all jobs go, those in this attempt, or this one. NOTE: folder.py is the other end."""
    return any((folder / name).exists() for name in ("open", f"open-{ctx.attempt}", f"open-job-{ctx.job_id}"))


@job(max_retries=0, isolate=True, grace=SHORT_GRACE_SECONDS)
def work_apart(ctx: JobContext, folder: Path) -> int:
    """Do everything that a job does, in a process of its own."""
    note(ctx, folder, f"pid {os.getpid()}")
    for step in ctx.track(range(3), message="apart"):
        ctx.log(f"step {step}")
    logging.getLogger("apart").warning("nearly done")
    ctx.attach("apart.txt", "apart\n")
    ctx.checkpoint({"steps": 3})
    return ctx.start("count", folder=folder).id


@job(max_retries=0, isolate=True)
def gather_apart(ctx: JobContext, folder: Path) -> list[int]:
    """Wait for two children in a process of its own, and gather what they answer."""
    note(ctx, folder, f"pid {os.getpid()}")
    children = ctx.start_many("work_apart", [{"folder": folder}] * 2, once="workers")
    return [child.id for child in ctx.wait(children)]


@job(max_retries=0, isolate=True)
def fail_apart(ctx: JobContext) -> None:
    """Fail in a process of its own."""
    raise LookupError("no such day")


@job(max_retries=0, isolate=True, grace=3600)
def hold_the_interpreter(ctx: JobContext, folder: Path) -> None:
    """Hold the interpreter's lock for an hour in one call into C."""
    note(ctx, folder, f"pid {os.getpid()}")
    re.match(r"(a+)+$", "a" * 60 + "b")


@job(max_retries=0, isolate=True, max_crashes=2)
def leave_a_child_behind(ctx: JobContext, folder: Path) -> None:
    """End the process without a word while a process forked from it goes on."""
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,))
    child.start()
    note(ctx, folder, f"pid {child.pid}")
    os._exit(3)


@job(max_retries=0, isolate=True, grace=3600)
def wait_for_a_child(ctx: JobContext, folder: Path) -> None:
    """Wait for an hour, as a process forked from this one does."""
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,))
    child.start()
    note(ctx, folder, f"pid {child.pid}")
    child.join()


@job(max_retries=0)
def fork_and_return(ctx: JobContext, folder: Path) -> int:
    """Return twice: here, and in a process forked from this one."""
    child = os.fork()
    if child:
        note(ctx, folder, f"pid {child}")
        os.waitpid(child, 0)
    return os.getpid()


@job(max_retries=0, isolate=True)
def fork_and_return_apart(ctx: JobContext, folder: Path) -> int:
    """Do as `fork_and_return`, in a process of its own."""
    return fork_and_return(ctx, folder)


def twice(number: int) -> int:
    """Work for a pool of processes."""
    return 2 * number


@job(max_retries=0)
def use_a_pool(ctx: JobContext, method: Literal["fork", "spawn"]) -> list[int]:
    """Share a function of this file among processes, and leave one at work, which is ended with SIGTERM."""
    with multiprocessing.get_context(method).Pool(2) as pool:
        pool.apply_async(time.sleep, [3600])
        # Asked for after the sleep, so that this one is under way when the pool ends. The other way round, three of 60
        # pools in a worker's threads did not end: a process of theirs waited for the lock of the pool's own queue.
        return pool.map(twice, [1, 2, 3])


@job(max_retries=0, isolate=True)
def use_a_pool_apart(ctx: JobContext, method: Literal["fork", "spawn"]) -> list[int]:
    """Do as `use_a_pool`, in a process of its own."""
    return use_a_pool(ctx, method)


@job(max_retries=0, isolate=True)
def move_about(ctx: JobContext, folder: Path) -> str:
    """Answer the working folder and a variable, and change both."""
    found = f"{Path.cwd()} {os.environ.get('MOVED')}"
    os.chdir(folder)
    os.environ["MOVED"] = "yes"
    return found


@job(max_retries=0)
def find_secrets(ctx: JobContext) -> str:
    """Answer all that the environment of this process says, now and when it began."""
    return f"{os.environ} {Path('/proc/self/environ').read_bytes()!r}"


@job(max_retries=0, isolate=True)
def find_secrets_apart(ctx: JobContext) -> str:
    """Do as `find_secrets`, in a process of its own."""
    return find_secrets(ctx)


@job(max_retries=0, isolate=True, max_crashes=1)
def show_processes(ctx: JobContext, password: Secret, *, dies: bool = False) -> list[str]:
    """Answer which of all processes show a secret in their command or their variables; or die while it is at hand."""
    clear = password.get_secret_value()
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if clear in f"{process.cmdline()} {process.environ()}":
                found.append(process.name())
    if dies:
        os.abort()
    return found


@job(max_retries=0)
def die(ctx: JobContext, folder: Path, times: int = 1000) -> int:
    """Kill the process that it runs in, as often as is asked for."""
    note(ctx, folder, f"pid {os.getpid()}")
    if ctx.attempt <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return ctx.attempt


@job(max_retries=0, max_running=2, grace=SHORT_GRACE_SECONDS)
def wait_two_at_once(ctx: JobContext, folder: Path) -> int:
    """Wait as `wait` does; no more than two of these run at once."""
    return wait(ctx, folder)


@job(max_retries=0, unique="params", grace=SHORT_GRACE_SECONDS)
def wait_once(ctx: JobContext, folder: Path, what: str = "") -> int:
    """Wait as `wait` does; of the same params only one is unfinished at a time."""
    return wait(ctx, folder)
