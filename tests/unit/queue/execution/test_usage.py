"""What an attempt takes: the time of its thread, and memory only where nothing ran beside it; of a process, all."""

import subprocess
import sys
import threading
import time

import pytest

from app.queue.execution import usage
from app.queue.execution.usage import ProcessUsage, ThreadUsage
from tests.unit.queue.runs import run_of

MB = 1024**2


def work(seconds: float) -> None:
    """Use the processor for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_of_a_thread_its_own_processor_time_counts_and_no_others() -> None:
    busy, idle, measuring = run_of(1), run_of(2), ThreadUsage()
    is_over = threading.Event()

    def wait() -> None:
        with measuring.measuring(idle):
            is_over.wait()

    waiting = threading.Thread(target=wait)
    waiting.start()
    with measuring.measuring(busy):
        work(0.05)
    is_over.set()
    waiting.join()

    assert busy.cpu_seconds is not None
    assert idle.cpu_seconds is not None
    assert busy.cpu_seconds >= 0.05 > idle.cpu_seconds


def test_a_job_that_ran_alone_is_told_what_the_process_held_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "BRIEF_SECONDS", 0)
    run, measuring = run_of(), ThreadUsage()

    with measuring.measuring(run):
        held = bytearray(b"x" * 60 * MB)
        measuring.look()
        del held

    assert run.peak_memory_bytes is not None
    assert run.peak_memory_bytes >= 60 * MB


def test_jobs_beside_each_other_are_told_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "BRIEF_SECONDS", 0)
    first, second, third, measuring = run_of(1), run_of(2), run_of(3), ThreadUsage()

    with measuring.measuring(first), measuring.measuring(second):
        measuring.look()
    with measuring.measuring(third):
        measuring.look()

    assert (first.peak_memory_bytes, second.peak_memory_bytes) == (None, None)
    assert third.peak_memory_bytes is not None


def test_of_a_process_what_it_started_counts_too() -> None:
    run, measured = run_of(), ProcessUsage()
    program = f"held = b'x' * {80 * MB}; print(sum(range(3_000_000)))"

    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    used = usage._time_of_ended()
    measured.end(run)

    assert run.cpu_seconds is not None
    assert run.peak_memory_bytes is not None
    assert 0 < run.cpu_seconds <= time.process_time() + used
    assert run.peak_memory_bytes >= 80 * MB


def test_what_a_process_left_running_counts_as_long_as_it_runs() -> None:
    run, measured = run_of(), ProcessUsage()
    program = f"held = b'x' * {150 * MB}; print('held', flush=True); input()"
    command = [sys.executable, "-c", program]

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        measured.look()
        child.communicate("\n")
    measured.end(run)

    assert run.peak_memory_bytes is not None
    assert run.peak_memory_bytes >= 150 * MB + 10 * MB, "with this process"
