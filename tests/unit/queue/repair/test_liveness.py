"""Who is dead: told by the process table of this machine, and by beats that stand still on others."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from app.queue.repair.liveness import Judge
from tests.unit.queue.repair.rows import process
from tests.waiting import until


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A monotonic clock that the test turns."""
    at = [1000.0]
    monkeypatch.setattr("app.queue.repair.liveness.time.monotonic", lambda: at[0])
    return at


def test_a_process_of_this_machine_that_is_gone_is_dead_at_once() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    row = process(pid=child.pid)
    judge = Judge()
    assert judge.dead([row]) == []
    child.kill()
    child.communicate()
    assert judge.dead([row]) == [row]


def test_a_process_whose_number_was_given_to_another_is_dead() -> None:
    row = process(pid=os.getpid())
    row.pid_started_at -= 100
    assert Judge().dead([row]) == [row]


def test_a_process_that_has_ended_and_is_not_waited_for_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        row = process(pid=child.pid)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Judge().dead([row]) == [row]


def test_a_process_whose_name_looks_like_the_table_of_processes_lives() -> None:
    name = "import pathlib; pathlib.Path('/proc/self/comm').write_text('a) Z 1 (b'); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        row = process(pid=child.pid)
        found = Judge().dead([row])
        child.communicate(b"\n")
    assert found == []


def test_a_process_of_this_machine_that_is_only_silent_lives(clock: list[float]) -> None:
    row = process(pid=os.getpid())
    judge = Judge()
    judge.dead([row])
    for _ in range(500):
        clock[0] += 1
        assert judge.dead([row]) == []  # its job may hold the interpreter, or the database may be busy
    for _ in range(100):
        clock[0] += 1
        found = judge.dead([row])
    assert found == [row]


def test_a_process_that_is_stopped_is_dead_when_every_look_has_found_it_so(clock: list[float]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        row, judge = process(pid=child.pid), Judge()

        def look(*, times: int) -> int:
            """Look once a second; return how many are dead at last."""
            for _ in range(times):
                clock[0] += 1
                found = judge.dead([row])
            return len(found)

        def send(number: signal.Signals) -> None:
            child.send_signal(number)
            until(lambda: (psutil.Process(child.pid).status() == psutil.STATUS_STOPPED) == (number == signal.SIGSTOP))

        assert look(times=60) == 0
        send(signal.SIGSTOP)
        assert look(times=5) == 0
        send(signal.SIGCONT)
        assert look(times=1) == 0
        send(signal.SIGSTOP)
        assert look(times=5) == 0
        assert look(times=1) == 1
        child.kill()


def test_the_sleep_of_the_whole_machine_counts_against_no_process_that_is_let_go_on_later(clock: list[float]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        row, judge = process(pid=child.pid), Judge()
        judge.dead([row])
        child.send_signal(signal.SIGSTOP)
        until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
        clock[0] += 75  # the judge was stopped, too, and is the first that goes on
        found = judge.dead([row])
        child.kill()

    assert found == []


def test_a_process_of_another_machine_is_dead_when_its_beat_stands_still(clock: list[float]) -> None:
    judge = Judge()

    def look(beat: int, *, times: int) -> int:
        """Look once a second; return how many are dead at last."""
        for _ in range(times):
            clock[0] += 1
            found = judge.dead([process(pid=1, machine="elsewhere", beat=beat)])
        return len(found)

    assert look(1, times=10) == 0
    assert look(2, times=10) == 0
    assert look(2, times=1) == 1


@pytest.mark.parametrize("machine", ["elsewhere", None])
def test_the_sleep_of_the_judge_counts_against_nobody(clock: list[float], machine: str | None) -> None:
    judge = Judge()
    row = process(pid=os.getpid()) if machine is None else process(pid=1, machine=machine, beat=1)
    judge.dead([row])
    clock[0] += 3600  # the machine slept, or the database was away

    assert judge.dead([row]) == []
