"""The end of a process that can do nothing any more."""

import subprocess
import sys

STUCK = """
import ctypes
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(1.0)
def hold():
    ctypes.PyDLL(None).sleep(60)  # a call of C that keeps the interpreter
hold()
"""
BUSY = """
import threading
from app.processes.supervision.lifeline import end_when_stuck
end_when_stuck(1.0)
threading.Event().wait(3.0)
"""


def test_a_process_whose_interpreter_is_held_ends_and_says_where_it_stood() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=50, check=False)

    assert ended.returncode == 1
    assert ", line 6 in hold" in ended.stderr


def test_a_process_that_only_waits_lives_on() -> None:
    ended = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True, timeout=50, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")
