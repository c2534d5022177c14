"""What jobs report is written in short transactions, and one job's report keeps nobody else's back."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from app.db.clock import now
from app.db.lifecycle import reported
from app.db.queries import details, jobs
from app.db.snapshots.parts import NewLogLine
from app.errors import Unavailable
from app.queue import JobContext, cancel, job, start
from app.queue.context import log_lines
from app.queue.reporting import log_limit, report_writer
from app.queue.reporting.report_writer import ReportWriter
from tests.actors import ME
from tests.patience import patient
from tests.waiting import until

RunWorker = Callable[..., object]


def line(job_id: int, seq: int) -> NewLogLine:
    """Make a line."""
    return NewLogLine(job_id=job_id, seq=seq, attempt=1, at=now(), level=20, text=f"line {seq}")


@pytest.fixture
def stored(room: object) -> int:
    """A job, to which lines can be written."""

    @job
    def talk(ctx: JobContext) -> None:
        """Talk."""

    return talk.start().id


@pytest.mark.both_databases
def test_a_line_that_no_database_takes_is_left_out_and_the_others_are_written(stored: int) -> None:
    writer = ReportWriter()
    writer.add(None, [line(stored, 1), line(stored, 2)._replace(level=10**30), line(stored, 3)], [])

    writer.write_all()

    assert [one.text for one in details.list_log(stored)] == ["line 1", "line 3"]


def test_while_the_database_is_away_nothing_is_lost_and_no_more_is_taken(
    stored: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_away = threading.Event()
    is_away.set()
    record = reported.record

    def refuse(*given: Any) -> float:
        if is_away.is_set():
            raise Unavailable("The database is away.")
        return record(*given)

    monkeypatch.setattr(reported, "record", refuse)
    monkeypatch.setattr(report_writer, "WRITE_SECONDS", 0.02)
    writer = ReportWriter()
    writer.start()
    number = 0
    while writer.has_room:
        writer.add(None, [line(stored, number + seq) for seq in range(1, 501)], [])
        number += 500
    with pytest.raises(Unavailable):
        writer.write_all()

    is_away.clear()
    writer.write_all()
    writer.stop()

    assert number <= 5000
    assert [one.seq for one in details.list_log(stored, limit=10_000)] == list(range(1, number + 1))


def test_what_a_log_drops_is_dropped_though_it_waits_to_be_written(stored: int) -> None:
    writer = ReportWriter()
    writer.add(None, [line(stored, 1), line(stored, 2), line(stored, 3)], [])
    writer.add(None, [line(stored, 4)], [(stored, 2, 3)])

    writer.write_all()

    assert [one.seq for one in details.list_log(stored)] == [1, 4]


@pytest.mark.both_databases
def test_a_job_that_has_ended_does_not_wait_for_the_lines_of_another(stored: int) -> None:
    loud, quiet = stored, start("talk", {}, by=ME).id
    writer = ReportWriter()
    writer.add(None, [line(loud, seq) for seq in range(1, 3001)], [])
    writer.add(None, [line(quiet, 1), line(quiet, 2)], [])

    writer.write_all({quiet})

    assert [one.text for one in details.list_log(quiet)] == ["line 1", "line 2"]
    assert len(details.list_log(loud, limit=10_000)) < report_writer.MOST_LINES
    writer.write_all()
    assert [one.seq for one in details.list_log(loud, limit=10_000)] == list(range(1, 3001))


def test_a_job_that_logs_without_end_is_written_in_small_transactions_and_keeps_its_head_and_tail(
    run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_limit, "MAX_LINES", 2000)
    monkeypatch.setattr(report_writer, "MOST_LINES", 200)
    record, sizes = reported.record, []

    def noted(progress: Any, lines: Sequence[NewLogLine], *more: Any) -> float:
        sizes.append(len(lines))
        return record(progress, lines, *more)

    monkeypatch.setattr(reported, "record", noted)

    @job(max_retries=0)
    def talk(ctx: JobContext) -> None:
        """Say much more than is kept."""
        for number in range(1, 10_001):
            ctx.log(f"line {number}")

    run_worker()
    started = talk.start()
    until(lambda: jobs.get_job(started.id).state.is_finished)

    kept = [one.text for one in details.list_log(started.id, limit=10_000)]
    assert kept[:1000] == [f"line {number}" for number in range(1, 1001)]
    assert kept[1000] == log_limit.NOTE
    assert kept[1001:] == [f"line {number}" for number in range(9002, 10_001)]
    assert max(sizes) <= 200


@pytest.mark.thorough
def test_a_job_whose_log_has_to_wait_holds_up_no_other_job_that_logs(
    run_worker: RunWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "MAX_WAITING_LINES", 3)
    monkeypatch.setattr(ReportWriter, "has_room", False)
    is_waiting = threading.Event()

    @job(max_retries=0, grace=0)
    def talk(ctx: JobContext) -> None:
        """Say more than may wait, through Python's logging."""
        for number in range(100):
            if number == 3:
                is_waiting.set()
            logging.getLogger("talking").warning("line %d", number)

    @job(max_retries=0)
    def say(ctx: JobContext) -> None:
        """Say one thing."""
        logging.getLogger("talking").warning("only this")

    run_worker()
    talking = talk.start()
    is_waiting.wait(patient(30))
    said = say.start()
    until(lambda: jobs.get_job(said.id).state.is_finished)

    assert jobs.get_job(talking.id).state == "running"
    assert [one.text for one in details.list_log(said.id)] == ["only this"]
    cancel(talking.id, by=ME)
    until(lambda: jobs.get_job(talking.id).state == "cancelled")  # the stop gets through to one that waits
