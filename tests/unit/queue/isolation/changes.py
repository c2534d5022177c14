"""What a job may change in its process, each changed and put back: `python -m tests.unit.queue.isolation.changes`.

A process of its own: looking at the state of a process takes away what its ended children have left.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.queue.isolation.process_state import ProcessState

NOBODY = 65_534
ALL = ("folder", "variable", "signal", "alarm", "limit", "thread", "child", *(("user",) if os.getuid() == 0 else ()))
SECRET = "pa55word"


@contextmanager
def changed(what: str, folder: Path) -> Iterator[None]:
    """Change something of this process, and put it back."""
    match what:
        case "folder":
            before = Path.cwd()
            os.chdir(folder)
            yield
            os.chdir(before)
        case "user":
            os.seteuid(NOBODY)
            yield
            os.seteuid(0)
        case "variable":
            os.environ["A_JOBS_OWN"] = SECRET
            yield
            del os.environ["A_JOBS_OWN"]
        case "signal":
            treated = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            yield
            signal.signal(signal.SIGUSR1, treated)
        case "alarm":
            signal.alarm(3600)
            yield
            signal.alarm(0)
        case "limit":
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
            yield
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        case "thread":
            end = threading.Event()
            thread = threading.Thread(target=end.wait)
            thread.start()
            yield
            end.set()
            thread.join()
        case "child":
            child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            yield
            child.kill()
            child.communicate()


def look(what: str, folder: Path) -> str:
    """Say what is seen of a change, and when it was put back."""
    before = ProcessState.now()
    with changed(what, folder):
        meanwhile = ProcessState.now()
    if meanwhile == before or SECRET in repr(meanwhile):
        return "not seen, or shown"
    return "seen" if ProcessState.now() == before else "still seen"


def main() -> None:
    """Print what is seen of each change, and of a folder that is gone, as JSON."""
    with tempfile.TemporaryDirectory() as scratch:
        seen: dict[str, str | None] = {what: look(what, Path(scratch)) for what in ALL}
        gone = Path(scratch) / "gone"
        gone.mkdir()
        with changed("folder", gone):
            gone.rmdir()
            seen["folder that is gone"] = ProcessState.now().folder
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
