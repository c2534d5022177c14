"""The lines of a log: numbered, cut, and no more of them than may wait."""

import threading

import pytest

from app.queue.context import log_lines
from app.queue.context.log_lines import MAX_LINE_LENGTH
from tests.unit.queue.runs import run_of
from tests.waiting import until


def test_a_text_of_several_lines_becomes_several_numbered_lines() -> None:
    run = run_of(last_log_seq=7, attempt=2)

    run.log.say("one\r\ntwo", 10_000)
    run.log.say("", -5)
    run.log.say("x" * 20_000, 20)

    lines = run.log.take()
    assert [(line.seq, line.attempt, line.text[:3]) for line in lines] == [
        (8, 2, "one"), (9, 2, "two"), (10, 2, ""), (11, 2, "xxx")
    ]  # fmt: skip
    assert (lines[0].level, lines[2].level, len(lines[3].text)) == (1000, 0, MAX_LINE_LENGTH)
    assert run.log.take() == []


def test_a_job_that_logs_faster_than_lines_are_taken_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_WAITING_LINES", 2)
    run, freely = run_of(), run_of(slows_log=False)
    for number in range(3):
        freely.log.say(str(number), 20)

    def talk() -> None:
        for number in range(3):
            run.log.say(str(number), 20)

    talking = threading.Thread(target=talk)
    talking.start()

    taken = [run.log.take()]
    until(lambda: taken.append(run.log.take()) if talking.is_alive() else True)
    taken.append(run.log.take())

    assert max(len(lines) for lines in taken) == 2
    assert [line.text for lines in taken for line in lines] == ["0", "1", "2"]
    assert len(freely.log.take()) == 3


def test_who_logs_after_the_end_of_the_attempt_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_WAITING_LINES", 1)
    run = run_of()
    run.log.say("the last", 20)

    run.claim_end()
    left_behind = threading.Thread(target=run.log.say, args=("too late", 20), daemon=True)
    left_behind.start()

    until(lambda: not left_behind.is_alive())
    assert [line.text for line in run.log.take()] == ["the last"]
