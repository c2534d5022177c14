"""A child notices that its parent is gone, however it went, and stops by itself.

The parent holds the writing end of a pipe, on which it only says "your turn"; the child's standard input is the other
end. The kernel closes the parent's end when the parent dies, SIGKILL included, and the child reads the end of file.
This works alike on Linux and macOS (PR_SET_PDEATHSIG is Linux only and is bound to the parent's thread, not to its
process).
"""

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

#: Seconds a child has to end in good order once its parent is gone. Jobs that still run then are rescued by the next
#: start.
ORPHAN_SECONDS = 3

#: With this status a child asks to be started again at once (`EX_TEMPFAIL` of sysexits.h).
STATUS_ANEW = 75

#: A shell that is to a program which cannot watch its parent (Valkey) what `watch_parent` is to ours. First line: its
#: process id; then the pipe stays open as long as the parent lives. SIGKILL, because on SIGTERM Valkey would remove
#: its socket's name, which may by then belong to the server of a new start.
WATCHER = ("/bin/sh", "-c", f'read -r pid; read -r end; sleep {ORPHAN_SECONDS}; kill -9 "$pid" 2>/dev/null')


def wait_for_turn() -> None:
    """Wait for the parent's word to go on; if the parent goes first, end.

    One that waits here, before it has loaded anything large, leaves the processor to those that are needed first.
    """
    if not os.read(0, 1):
        sys.exit(1)


def watch_parent(on_gone: Callable[[], None] | None = None, *, deadline_seconds: float = ORPHAN_SECONDS) -> None:
    """Watch the parent from a thread; when it is gone, call `on_gone` (default: SIGTERM to itself), then end by force.

    Takes over standard input, so that nothing the process starts reads from it.
    """
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    stop = on_gone or (lambda: os.kill(os.getpid(), signal.SIGTERM))
    arguments = (lifeline, stop, deadline_seconds)
    threading.Thread(target=_wait_and_stop, args=arguments, name="lifeline", daemon=True).start()


def end_when_stuck(seconds: float) -> None:
    """End this process when one of its threads lets no other run Python for so long: a C call that holds the
    interpreter, a regular expression that never ends. Where each thread stands is written to the standard error.

    On Linux alone: elsewhere the time for which a laptop sleeps may count.
    """
    if sys.platform == "linux":
        threading.Thread(target=_put_off_the_end, args=(seconds,), name="watchdog", daemon=True).start()


def _put_off_the_end(seconds: float) -> None:
    while True:  # what waits for the time to be over is no Python
        faulthandler.dump_traceback_later(seconds, exit=True, file=2)
        time.sleep(seconds / 10)


def _wait_and_stop(lifeline: int, on_gone: Callable[[], None], deadline_seconds: float) -> None:
    while os.read(lifeline, 64):
        continue
    # A timer, since `on_gone` may block for ever; a daemon, since it must not keep a process that ends in good order.
    deadline = threading.Timer(deadline_seconds, _end_by_force)
    deadline.daemon = True
    deadline.start()
    on_gone()


def _end_by_force() -> None:
    if os.getpgrp() == os.getpid():
        # The supervisor gave this process a group of its own: what jobs started goes with it.
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
