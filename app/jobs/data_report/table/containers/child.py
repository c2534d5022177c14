"""The way from the job to a program that reads a file: it gets little memory, its news move the bar, it never outlives
the job.
"""

import errno
import json
import os
import selectors
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from subprocess import PIPE
from typing import Any

import psutil

from app.jobs.data_report.table.staging import Staging, tells_of_a_full_disk
from app.kept_program import KeptProgram
from app.queue import JobError

# A workbook of four million cells fits: it takes 14 MB, and 86 MB for each million (python-calamine 0.9, half of them
# texts). While a program runs, the engine of the job holds no rows yet.
MEMORY_BYTES = 400_000_000
WATCH_SECONDS = 0.1
_READ_BYTES = 1 << 16
_MOST_ERRORS = 1 << 16
_ABORTED = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV)


def run(stage: Staging, program: str, *arguments: str) -> dict[str, Any]:
    """Run a program of this folder to its end and return what it says of the file.

    Raises:
        JobError: it cannot read the file.
        OSError: the disk has no room for what it writes.
        JobCancelled: the job is to stop; the program has ended.
    """
    command = [sys.executable, "-I", str(Path(__file__).with_name(f"{program}.py")), *arguments]
    environment = {name: os.environ[name] for name in ("PATH", "TMPDIR", "HOME") if name in os.environ}
    with closing(KeptProgram(command, environment=environment, output=PIPE)) as child:
        answer, errors, is_too_large = _followed(stage, child)
        status = child.wait(WATCH_SECONDS) if not is_too_large else -signal.SIGKILL
    if tells_of_a_full_disk(answer.get("error", errors.decode("utf-8", "replace"))):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "error" in answer:
        raise stage.source.error(answer["error"])
    if status == 0:
        return answer
    raise _failed(stage, status, errors)


def _followed(stage: Staging, child: KeptProgram) -> tuple[dict[str, Any], bytes, bool]:
    """Stay with the program to its end; return its answer, what it complained, and whether it had to be ended."""
    _bound(child.pid)
    output, complaints = child.outputs
    answer: dict[str, Any] = {}
    errors = begun = b""
    with selectors.DefaultSelector() as selector:
        for stream in (output, complaints, child.news):
            selector.register(stream, selectors.EVENT_READ)
        while len(selector.get_map()) > 1 or child.look():
            if _is_too_large(child.pid):
                return answer, errors, True
            for key, _ in selector.select(WATCH_SECONDS):
                if key.fileobj is child.news:
                    if not child.look():
                        selector.unregister(key.fileobj)
                    continue
                data = os.read(key.fd, _READ_BYTES)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is complaints:
                    errors = (errors + data)[-_MOST_ERRORS:]
                else:
                    *lines, begun = (begun + data).split(b"\n")
                    for news in map(json.loads, lines):
                        answer |= news
            _tell(stage, answer)
            if not selector.get_map():
                break
    return answer, errors, False


def _bound(pid: int) -> None:
    """Let the kernel refuse memory beyond the limit, where it can (Linux); elsewhere `_is_too_large` looks."""
    if sys.platform == "linux":
        with suppress(psutil.NoSuchProcess):  # it has ended already
            psutil.Process(pid).rlimit(psutil.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))


def _is_too_large(pid: int) -> bool:
    try:
        return psutil.Process(pid).memory_info().rss > MEMORY_BYTES
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return False


def _tell(stage: Staging, answer: dict[str, Any]) -> None:
    rows = answer.get("rows")
    stage.meter.at(answer.get("share", 0.0), f": {rows:,} rows" if rows else "")


def _failed(stage: Staging, status: int, errors: bytes) -> JobError:
    text = errors.decode("utf-8", "replace").strip()
    if status in _ABORTED or "MemoryError" in text or "memory allocation" in text:
        return stage.source.error(
            f"does not fit into the {MEMORY_BYTES // 1_000_000} MB of memory that reading it may take;"
            " save what is wanted of it as CSV."
        )
    last = text.rpartition("\n")[2]
    return stage.source.unreadable(last.partition(": ")[2] or last or f"status {status}")
