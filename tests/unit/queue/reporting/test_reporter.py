"""What running jobs report is told to the screens and kept, each job's own, whatever another one does."""

from typing import Any

import pytest

from app.db.queries import details, jobs
from app.queue.context.run import Run
from app.queue.events.types import JobEvent, JobLogged, JobProgressed
from app.queue.reporting.reporter import MAX_EVENT_LINES, Reporter
from tests.store import claimed, stored
from tests.unit.queue.runs import run_of

pytestmark = pytest.mark.usefixtures("room")


def running() -> Run:
    """Claim a job; give its run."""
    message = stored()
    assert claimed(message)
    return run_of(message.job_id, token=message.token)


def test_the_last_of_a_run_is_told_and_written_once_before_its_outcome(told: list[JobEvent]) -> None:
    run = running()
    run.reported.note(3, 10, "step")
    run.log.say("a line", 30)
    reporter = Reporter(lambda: [run])

    reporter.flush([run])
    reporter.flush([run])

    job = jobs.get_job(run.job_id)
    assert (job.progress.done, job.progress.total, job.progress.message) == (3, 10, "step")
    assert [(line.level, line.text) for line in details.list_log(run.job_id)] == [("warning", "a line")]
    assert [type(event) for event in told] == [JobProgressed, JobLogged]


def test_of_a_burst_the_screens_hear_the_last_lines_and_the_log_has_all(told: list[JobEvent]) -> None:
    run = running()
    for number in range(MAX_EVENT_LINES + 5):
        run.log.say(str(number), 20)

    Reporter(lambda: [run]).flush([run])

    [event] = told
    assert isinstance(event, JobLogged)
    assert [line.text for line in event.lines][:2] == ["5", "6"]
    assert len(details.list_log(run.job_id)) == MAX_EVENT_LINES + 5


def test_what_one_job_reports_and_cannot_be_told_hides_nothing_of_the_others(
    told: list[JobEvent], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = running(), running()
    broken.reported.has_news = True
    fine.reported.note(1, None, None)

    def fail() -> Any:
        raise RuntimeError("no progress")

    monkeypatch.setattr(broken.reported, "progress", fail)
    Reporter(lambda: [broken, fine]).flush([broken, fine])

    assert [event.job_id for event in told if isinstance(event, JobProgressed)] == [fine.job_id]
    assert f"What job #{broken.job_id} reports cannot be told." in caplog.text
