"""An attempt: what it reports can be stored whatever it is, and it is stopped once, in its own thread."""

import threading
from typing import Any

import pytest

from app.queue.context import run as module
from app.queue.context.run import MAX_LINE_LENGTH, MAX_MESSAGE_LENGTH
from app.queue.context.stop import JobCancelled, JobTimedOut, StopReason
from tests.unit.queue.runs import run_of
from tests.waiting import until


class Unspeakable:
    """A message that cannot be written."""

    def __str__(self) -> str:
        """Fail."""
        raise SystemExit


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((3, 10, "step"), (3, 10, "step")),
        ((float("nan"), float("inf"), None), (None, None, None)),
        ((2**64, 10**400, "a\0b \ud800"), (float(2**64), None, "a␀b ?")),
        ((1, None, "x" * 9999), (1, None, "x" * (MAX_MESSAGE_LENGTH - 1) + "…")),
        ((1, None, Unspeakable()), (1, None, "(its message cannot be shown: SystemExit)")),
    ],
)
def test_what_is_reported_is_what_a_database_can_keep(given: Any, kept: tuple[Any, ...]) -> None:
    run = run_of()

    run.report(*given)

    assert run.reported() == kept


def test_what_was_said_before_stays_where_a_report_says_nothing_of_it() -> None:
    run = run_of()
    no_number: Any = []

    run.report(1, 10, "step")
    run.report(2, None, None)

    assert run.reported() == (2, 10, "step")
    with pytest.raises(TypeError):
        run.report(no_number, None, None)


def test_the_rate_is_that_of_the_last_seconds_and_begins_anew_with_a_new_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("app.queue.context.run.time.monotonic", lambda: at[0])
    run = run_of()
    rates = []
    for done in (0, 10, 20, 3):
        run.report(done, 40, None)
        rates.append(run.progress().rate_per_second)
        at[0] += 1

    assert rates == [None, 10.0, 10.0, None]


def test_a_text_of_several_lines_becomes_several_numbered_lines() -> None:
    run = run_of(last_log_seq=7, attempt=2)

    run.say("one\r\ntwo", 10_000)
    run.say("", -5)
    run.say("x" * 20_000, 20)

    lines = run.take_lines()
    assert [(line.seq, line.attempt, line.text[:3]) for line in lines] == [
        (8, 2, "one"), (9, 2, "two"), (10, 2, ""), (11, 2, "xxx")
    ]  # fmt: skip
    assert (lines[0].level, lines[2].level, len(lines[3].text)) == (1000, 0, MAX_LINE_LENGTH)
    assert run.take_lines() == []


def test_a_job_that_logs_faster_than_lines_are_taken_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING_LINES", 2)
    run, freely = run_of(), run_of(slows_log=False)
    for number in range(3):
        freely.say(str(number), 20)

    def talk() -> None:
        for number in range(3):
            run.say(str(number), 20)

    talking = threading.Thread(target=talk)
    talking.start()

    taken = [run.take_lines()]
    until(lambda: taken.append(run.take_lines()) if talking.is_alive() else True)
    taken.append(run.take_lines())

    assert max(len(lines) for lines in taken) == 2
    assert [line.text for lines in taken for line in lines] == ["0", "1", "2"]
    assert len(freely.take_lines()) == 3


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
