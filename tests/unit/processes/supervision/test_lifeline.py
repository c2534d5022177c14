"""The end of a process that can do nothing any more."""

import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic

import psutil
import pytest

from tests.patience import patient
from tests.waiting import until

pytestmark = pytest.mark.thorough

STUCK = """
import ctypes, sys
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(float(sys.argv[1]))
def hold():
    while True:
        ctypes.PyDLL(None).sleep(60)  # a call of C that keeps the interpreter
hold()
"""
WAITING = """
import sys
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(float(sys.argv[1]))
print("watched", flush=True)
print(input())
"""
CROWDED = """
import sys, threading
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(float(sys.argv[1]))
def dive(depth):
    return dive(depth - 1) + 1 if depth else 0
def work():
    while True:
        dive(40)
for _ in range(8):
    threading.Thread(target=work, daemon=True).start()
print("watched", flush=True)
print(input())
"""
BUSY = """
import sys, threading
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(float(sys.argv[1]))
threading.Event().wait(3 * float(sys.argv[1]))
"""


def command(script: str) -> list[str]:
    """Return the command of a process that counts as stuck after a second, on a slow machine later."""
    return [sys.executable, "-c", script, f"{patient(1)}"]


def test_a_process_whose_interpreter_is_held_ends_and_says_where_it_stood() -> None:
    ended = subprocess.run(command(STUCK), capture_output=True, text=True, timeout=patient(50), check=False)

    assert ended.returncode == -signal.SIGKILL
    assert ", line 7 in hold" in ended.stderr


def test_a_process_that_only_waits_lives_on() -> None:
    ended = subprocess.run(command(BUSY), capture_output=True, text=True, timeout=patient(50), check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(("script", "number"), [(WAITING, 1), (CROWDED, 4)])
def test_processes_that_were_stopped_for_longer_live_on(
    request: pytest.FixtureRequest, script: str, number: int
) -> None:
    """What reads of a process where its threads stand, while these run, ends one of four."""
    stopped = [subprocess.Popen(command(script), stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(number)]
    for one in stopped:
        request.addfinalizer(one.kill)
    for one in stopped:
        assert one.stdout is not None
        one.stdout.readline()  # it is watched from here on
    whole = [psutil.Process(one.pid) for one in stopped]
    whole += [child for one in whole for child in one.children(recursive=True)]
    for process in whole:
        with suppress(psutil.NoSuchProcess):  # what the shell waits with lives for moments
            process.suspend()
    slept_until = monotonic() + 3 * patient(1)
    until(lambda: monotonic() > slept_until)
    for process in whole:
        with suppress(psutil.NoSuchProcess):
            process.resume()

    for one in stopped:
        assert one.communicate(b"a line\n", timeout=patient(50))[0] == b"a line\n"
        assert one.returncode == 0


def test_a_process_that_is_stopped_alone_lives_on() -> None:
    with subprocess.Popen(command(WAITING), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stopped:
        assert stopped.stdout is not None
        stopped.stdout.readline()
        stopped.send_signal(signal.SIGSTOP)
        slept_until = monotonic() + 3 * patient(1)
        until(lambda: monotonic() > slept_until)
        stopped.send_signal(signal.SIGCONT)

        assert stopped.communicate(b"a line\n", timeout=patient(50))[0] == b"a line\n"


def test_the_shell_that_watches_ends_with_its_process() -> None:
    with subprocess.Popen(command(WAITING), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watched:
        assert watched.stdout is not None
        watched.stdout.readline()
        shells = psutil.Process(watched.pid).children(recursive=True)
        watched.kill()

    assert shells
    assert psutil.wait_procs(shells, timeout=patient(20))[1] == []
