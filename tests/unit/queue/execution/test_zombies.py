"""What a job forks by itself and does not wait for leaves nothing behind; who waits is told the truth."""

import os
import subprocess
import sys

import psutil
import pytest

from app.queue.execution.zombies import Zombies
from tests.waiting import until

pytestmark = pytest.mark.thorough


def fork() -> int:
    """Fork a process that ends at once, and wait until it is a zombie."""
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    let_end(pid)
    return pid


def let_end(pid: int) -> None:
    """Wait until a child is a zombie that can be asked how it ended: later, where a thread of it ends last."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_forked_process_that_nobody_waits_for_is_forgotten_at_the_second_look() -> None:
    pid = fork()
    zombies = Zombies()

    zombies.reap()
    is_left_at_first = psutil.pid_exists(pid)
    zombies.reap()

    assert is_left_at_first  # whoever forked it may be about to wait for it
    assert not psutil.pid_exists(pid)


def test_who_holds_a_process_is_told_how_it_ended() -> None:
    held = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
    let_end(held.pid)
    forked = fork()
    zombies = Zombies()

    zombies.reap()
    zombies.reap()

    assert not psutil.pid_exists(forked)
    assert held.wait() == 7


def test_where_nothing_ended_nothing_is_done() -> None:
    Zombies().reap()


def test_who_knows_already_how_a_process_ended_does_not_stand_for_another_of_its_number() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    ended.pid = pid = fork()  # as the kernel gives numbers again
    zombies = Zombies()

    zombies.reap()
    zombies.reap()

    assert not psutil.pid_exists(pid)
