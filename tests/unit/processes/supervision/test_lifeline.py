"""The end of a process that can do nothing any more."""

import os
import signal
import subprocess
import sys
from time import monotonic

import psutil
import pytest

from tests.patience import patient
from tests.waiting import until

pytestmark = pytest.mark.thorough

STUCK = """
import ctypes
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(1.0)
def hold():
    ctypes.PyDLL(None).sleep(60)  # a call of C that keeps the interpreter
hold()
"""
WAITING = """
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(1.0)
print("watched", flush=True)
print(input())
"""
BUSY = """
import threading
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(1.0)
threading.Event().wait(3.0)
"""


def test_a_process_whose_interpreter_is_held_ends_and_says_where_it_stood() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=patient(50), check=False
    )

    assert ended.returncode == -signal.SIGKILL
    assert ", line 6 in hold" in ended.stderr


def test_a_process_that_only_waits_lives_on() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BUSY], capture_output=True, text=True, timeout=patient(50), check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_process_that_was_stopped_for_longer_lives_on() -> None:
    stopped = subprocess.Popen([sys.executable, "-c", WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert stopped.stdout is not None
    stopped.stdout.readline()  # it is watched from here on
    whole = [stopped.pid, *(child.pid for child in psutil.Process(stopped.pid).children())]
    for pid in whole:
        os.kill(pid, signal.SIGSTOP)
    slept_until = monotonic() + 3.0
    until(lambda: monotonic() > slept_until)
    for pid in whole:
        os.kill(pid, signal.SIGCONT)

    assert stopped.communicate(b"a line\n", timeout=patient(50))[0] == b"a line\n"
    assert stopped.returncode == 0
