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

    A small shell counts how often in a row nothing was heard from Python, and then asks `faulthandler` by a signal, and
    only then: that reads what the threads do without the interpreter's lock, and where they run it may read what is no
    longer there, and end the process. The shell is stopped as the machine is, so that a sleep counts as one time at
    most; a process that is stopped alone is left.
    """
    silence_seconds = seconds / _SILENCES
    faulthandler.register(_STAND, file=2)
    heard, say = os.pipe()
    subprocess.Popen([*_COUNTER, str(_STAND), f"{silence_seconds:g}"], stdin=heard)
    os.close(heard)
    threading.Thread(target=_say_that_it_lives, args=(say, silence_seconds), name="watchdog", daemon=True).start()


#: After so many silences in a row a process is ended.
_SILENCES = 3
#: The signal on which it is written where the threads stand; one that no job uses.
_STAND = int(getattr(signal, "SIGRTMAX", signal.SIGUSR2))
#: Hears the word of the process that it lives. First argument: the signal; second: how long a silence is. It ends with
#: the process, whose number may be another's then. `timeout`, because `read -t` is not in every shell.
_COUNTER = (
    "/bin/sh",
    "-c",
    'hear() { if command -v timeout >/dev/null; then line=$(timeout "$1" head -n 1); else read -r -t "$1" line; fi; }; '
    "silences=0; while :; do "
    'hear "$2"; status=$?; '
    "case $status in 124 | 142 | 143) ;; "  # how `timeout` of GNU, `read -t` and `timeout` of BusyBox say it
    '0) [ -n "$line" ] || exit 0; silences=0; continue;; *) exit 0;; esac; '
    'parent=$(cut -d" " -f4 /proc/$$/stat 2>/dev/null || ps -o ppid= -p $$ | tr -d " "); '
    '[ "$parent" = "$PPID" ] || exit 0; '
    'case $(sed "s/.*) //" "/proc/$PPID/stat" 2>/dev/null || ps -o state= -p "$PPID") in [Tt]*) continue;; esac; '
    "silences=$((silences + 1)); "
    f'[ "$silences" -lt {_SILENCES} ] || {{ kill -"$1" "$PPID"; sleep 1; kill -9 "$PPID"; exit 0; }} 2>/dev/null; done',
    "lifeline",
)


def _say_that_it_lives(say: int, silence_seconds: float) -> None:
    while True:
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
