"""The kinds that the chaos runs start, given to the instance with `--jobs`. NOTE: mix.py says how each must end.

Each notes in a folder when an attempt began and how its function ended, so that what ran is seen from outside and
not only in the database's own words.
"""

import os
import signal
import time
from itertools import repeat
from pathlib import Path

from app.queue import JobContext, JobError, job
from app.queue.acts import bulk

bulk.UNDO_SECONDS = 1  # nobody undoes anything here
AGAIN = "again"
"""The tag of all that is retried with many others. NOTE: mix.py names it too."""
STEP_SECONDS = 0.05
FILE_BYTES = 64 * 1024


def note(ctx: JobContext, folder: Path, what: str) -> None:
    """Add a line to the notes of this job: what happened, in which attempt."""
    with (folder / f"{ctx.job_id}.notes").open("a") as notes:
        notes.write(f"{what} {ctx.attempt}\n")


def noted(ctx: JobContext, folder: Path, what: str) -> int:
    """Count how often this job noted something, in whichever attempt."""
    lines = (folder / f"{ctx.job_id}.notes").read_text().splitlines()
    return sum(line.startswith(what) for line in lines)


@job(max_retries=0)
def nap(ctx: JobContext, folder: Path, seconds: float = 0.0) -> int:
    """Sleep, and say nothing meanwhile."""
    note(ctx, folder, "began")
    time.sleep(seconds)
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0)
def walk(ctx: JobContext, folder: Path, steps: int = 60) -> int:
    """Take some seconds, with progress and lines of the log."""
    note(ctx, folder, "began")
    for step in ctx.track(range(steps), message="walking"):
        if step % 10 == 0:
            ctx.log(f"step {step}")
        time.sleep(STEP_SECONDS)
    note(ctx, folder, "ended")
    return steps


@job(max_retries=0)
def chatter(ctx: JobContext, folder: Path, steps: int = 10) -> int:
    """Report progress two thousand times at each step, and log."""
    note(ctx, folder, "began")
    for step in range(steps):
        for part in range(2000):
            ctx.progress(step * 2000 + part + 1, steps * 2000, "chattering")
        for line in range(20):
            ctx.log(f"line {line} of step {step}")
        time.sleep(STEP_SECONDS)
    note(ctx, folder, "ended")
    return steps


@job(max_retries=0)
def wander(ctx: JobContext, folder: Path) -> None:
    """Walk until somebody cancels it."""
    note(ctx, folder, "began")
    while True:
        ctx.progress(0, message="wandering")
        time.sleep(STEP_SECONDS)


@job(max_retries=0)
def shout(ctx: JobContext, folder: Path, lines: int) -> int:
    """Log as fast as it can be taken."""
    note(ctx, folder, "began")
    for number in range(lines):
        ctx.log(f"line {number} of a job that says more than anybody wants to know")
    note(ctx, folder, "ended")
    return lines


@job(max_retries=3)
def refuse(ctx: JobContext, folder: Path) -> None:
    """Fail for good at once."""
    note(ctx, folder, "began")
    raise JobError("It was not to be.")


@job(max_retries=1, retry_delay=0.5)
def fail_always(ctx: JobContext, folder: Path) -> None:
    """Fail at the retry too."""
    note(ctx, folder, "began")
    raise RuntimeError("as always")


@job(max_retries=3, retry_delay=0.5)
def fail_at_first(ctx: JobContext, folder: Path, times: int = 1) -> int:
    """Fail so many times, then succeed."""
    note(ctx, folder, "began")
    if noted(ctx, folder, "failed") < times:
        note(ctx, folder, "failed")
        raise RuntimeError("not yet")
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=1, retry_delay=[5.0])
def retry_later(ctx: JobContext, folder: Path) -> int:
    """Fail at first, succeed five seconds later."""
    note(ctx, folder, "began")
    if noted(ctx, folder, "failed") == 0:
        note(ctx, folder, "failed")
        raise RuntimeError("not yet")
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0, schedule="*/5 * * * * *")
def tick(ctx: JobContext) -> None:
    """Be started by a schedule every five seconds; it notes nothing."""


@job(max_retries=20, retry_delay=[1.0])
def keep_file(ctx: JobContext, folder: Path) -> int:
    """Attach a file; where the disk is full, try again."""
    note(ctx, folder, "began")
    ctx.attach("kept.bin", bytes(FILE_BYTES))
    note(ctx, folder, "ended")
    return FILE_BYTES


@job(max_retries=0, isolate=True)
def nap_apart(ctx: JobContext, folder: Path, steps: int = 10) -> int:
    """Sleep in a process of its own, with progress."""
    note(ctx, folder, "began")
    for step in ctx.track(range(steps), message="sleeping"):
        ctx.log(f"step {step}")
        time.sleep(STEP_SECONDS)
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=20, retry_delay=[1.0])
def branch(ctx: JobContext, folder: Path, children: int = 2) -> int:
    """Start children; where that cannot be, try again."""
    note(ctx, folder, "began")
    for _ in range(children):
        ctx.start(nap, folder=folder, seconds=0.1)
    note(ctx, folder, "ended")
    return children


@job(max_retries=20, retry_delay=[1.0])
def gather(ctx: JobContext, folder: Path, children: int = 3) -> int:
    """Start children once, wait for them without a thread, and count those that succeeded."""
    note(ctx, folder, "began")
    params = [{"folder": folder, "seconds": 0.0 if children > 20 else 0.2} for _ in range(children)]
    number = sum(1 for _ in ctx.wait(ctx.start_many(nap, params, once="naps")))
    note(ctx, folder, "ended")
    return number


@job(max_retries=0)
def follow(ctx: JobContext, folder: Path) -> int:
    """Run when another job has ended."""
    note(ctx, folder, "began")
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0)
def never(ctx: JobContext, folder: Path) -> None:
    """Wait for the success of a job that fails: it never runs."""
    note(ctx, folder, "began")


@job(max_retries=0, tags=[AGAIN])
def relent(ctx: JobContext, folder: Path, times: int = 1) -> int:
    """Fail for good until it was retried so many times."""
    note(ctx, folder, "began")
    if noted(ctx, folder, "refused") < times:
        note(ctx, folder, "refused")
        raise JobError("Ask me again.")
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0, tags=[AGAIN])
def insist(ctx: JobContext, folder: Path, children: int = 2) -> int:
    """Wait for the success of children that fail at first: it fails with them, until they and it are retried."""
    note(ctx, folder, "began")
    number = sum(1 for _ in ctx.wait(ctx.start_many(relent, [{"folder": folder}] * children, once="relenting")))
    note(ctx, folder, "ended")
    return number


@job(max_retries=0, tags=[AGAIN])
def succeed(ctx: JobContext, folder: Path) -> int:
    """Run when one that has to be retried has succeeded."""
    note(ctx, folder, "began")
    note(ctx, folder, "ended")
    return ctx.attempt


@job(max_retries=0)
def hold_interpreter(ctx: JobContext, folder: Path, seconds: float = 20.0) -> int:
    """Hold the interpreter (the GIL) in a single call: no other thread of this process runs, no heartbeat comes.

    `seconds` are of the processor: where others want it too, it takes longer.
    """
    note(ctx, folder, "began")
    sample = 20_000_000
    began = time.thread_time()
    sum(repeat(1, sample))
    total = sum(repeat(1, int(sample * seconds / (time.thread_time() - began))))
    note(ctx, folder, "ended")
    return total % 2


@job(max_retries=0)
def exit_process(ctx: JobContext, folder: Path) -> None:
    """End the process that it runs in."""
    note(ctx, folder, "began")
    os._exit(1)


@job(max_retries=0)
def kill_process(ctx: JobContext, folder: Path) -> None:
    """Be killed as the kernel kills what takes too much memory."""
    note(ctx, folder, "began")
    os.kill(os.getpid(), signal.SIGKILL)
