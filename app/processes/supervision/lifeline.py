"""A child notices that its parent is gone, however it went, and stops by itself.

The parent holds the writing end of a pipe, on which it only says "your turn"; the child's standard input is the other
end. The kernel closes the parent's end when the parent dies, SIGKILL included, and the child reads the end of file.
This works alike on Linux and macOS (PR_SET_PDEATHSIG is Linux only and is bound to the parent's thread, not to its
process).
"""

import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

#: Seconds a child has to end in good order once its parent is gone. Jobs that still run then are rescued by the next
#: start.
ORPHAN_SECONDS = 3

#: With this status a child asks to be started again at once (`EX_TEMPFAIL` of sysexits.h).
STATUS_ANEW = 75
#: With this status a child says that starting it again is of no use: its command line or its settings are wrong, or
#: the database is another version's.
STATUS_OF_NO_USE = 2

#: A shell that is to a program which cannot watch its parent (Valkey) what `watch_parent` is to ours. First line: its
#: process id; then the pipe stays open as long as the parent lives. SIGKILL, because on SIGTERM Valkey would remove
#: its socket's name, which may by then belong to the server of a new start.
WATCHER = ("/bin/sh", "-c", f'read -r pid; read -r end; sleep {ORPHAN_SECONDS}; kill -9 "$pid" 2>/dev/null')


def wait_for_turn() -> None:
    """Wait for the parent's word to go on; if the parent goes first, end.

    A process that waits here, before it has loaded anything large, leaves the processor to those that are needed first.
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

    A small shell counts how often in a row nothing was heard from Python. The time for which the process itself, or
    the whole machine, stands still counts as one time at most. The times are few and long: at the end of each,
    `faulthandler` reads what the threads do without the interpreter's lock, and where they go on at that very moment
    (a process that was stopped and is let go on) it may read what is no longer there, and end the process.
    """
    heard, say = os.pipe()
    subprocess.Popen(_COUNTER, stdin=heard)
    os.close(heard)
    threading.Thread(
        target=_say_that_it_lives, args=(say, seconds / (_SILENCES + 1)), name="watchdog", daemon=True
    ).start()


#: After so many silences in a row, and one more in which it is said where the threads stand, a process is ended.
_SILENCES = 2
#: Reads what `faulthandler` writes after each silence, and the word of the process that it lives.
_COUNTER = (
    "/bin/sh",
    "-c",
    "silences=0; while read -r line; do case $line in lives) silences=0;; Timeout*) silences=$((silences + 1));; esac;"
    f'[ "$silences" -lt {_SILENCES} ] || printf "%s\n" "$line" >&2;'
    f'[ "$silences" -le {_SILENCES} ] || kill -9 "$PPID"; done',
)


def _say_that_it_lives(say: int, silence_seconds: float) -> None:
    while True:  # what waits for the silence to be over is no Python, and so are its words
        faulthandler.dump_traceback_later(silence_seconds, repeat=True, file=say)
        os.write(say, b"lives\n")
        time.sleep(silence_seconds / 2)


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
