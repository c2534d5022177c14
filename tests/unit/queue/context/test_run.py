"""An attempt is begun by one, ended by one, and stopped once, in its own thread."""

import threading

import pytest

from app.queue.context.stop import JobCancelled, JobTimedOut, StopReason
from tests.unit.queue.runs import run_of
from tests.waiting import until


def test_of_two_who_would_begin_or_end_it_the_first_does() -> None:
    run = run_of()

    assert [run.claim_begin(), run.begin(), run.has_begun] == [True, False, False]
    assert [run.claim_end(), run.claim_end(), run.is_over] == [True, False, True]


def test_the_first_reason_to_stop_counts_and_its_grace_time_may_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.queue.context.run.time.monotonic", lambda: 100.0)
    run, lost = run_of(grace=30.0), run_of(grace=30.0)

    run.ask_to_stop(StopReason.TIMED_OUT)
    run.ask_to_stop(StopReason.CANCELLED)
    lost.ask_to_stop(StopReason.LOST)
    with_grace, at_once = run.force_at, lost.force_at
    run.put_off(5.0)
    later = run.force_at
    run.hurry()

    assert (with_grace, later, run.force_at, at_once) == (130.0, 135.0, 100.0, 100.0)
    with pytest.raises(JobTimedOut):
        run.raise_stop()


def test_force_interrupts_the_thread_that_runs_the_job_and_only_while_it_does() -> None:
    run, begun, raised = run_of(), threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            with run.running_here():
                begun.set()
                pause = threading.Event()
                until(lambda: pause.wait(0.01), seconds=60)
        except JobCancelled as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    without_reason = run.force()
    run.ask_to_stop(StopReason.CANCELLED)
    was_running = run.force()
    thread.join()

    assert (without_reason, was_running, run.force(), run.kill()) == (False, True, False, False)
    assert len(raised) == 1


def test_a_job_in_a_process_of_its_own_hears_there_why_it_has_to_stop() -> None:
    run, heard = run_of(is_isolated=True), list[object]()
    run.stop_elsewhere(lambda reason, is_forced: heard.append((reason, is_forced)), lambda: heard.append("killed"))

    run.ask_to_stop(StopReason.CANCELLED)

    assert (run.force(), run.kill()) == (True, True)
    assert heard == [(StopReason.CANCELLED, False), (StopReason.CANCELLED, True), "killed"]
