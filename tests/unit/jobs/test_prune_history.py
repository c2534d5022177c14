"""`prune_history`: what is old goes with all that belongs to it, in small steps; everything else stays."""

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from app.db import State, files
from app.db.clock import now
from app.db.lifecycle.requests import Pruned
from app.db.models.history import ArtifactRow, AttemptRow, LogLineRow, TransitionRow
from app.db.models.jobs import Job
from app.db.queries import counts, filters, jobs
from app.db.retention import rules
from app.db.retention.rules import Rule
from app.db.sql.sessions import session
from app.jobs.prune_history import prune_history
from app.queue import JobCancelled, JobContext
from app.queue.acts import control
from app.queue.context.run import Run
from app.queue.context.stop import StopReason
from app.queue.events.types import JobDeleted, JobEvent
from app.queue.execution.children import Children
from tests.actors import ME
from tests.unit.jobs.history import add_job

OLD, NEW = timedelta(days=31), timedelta(days=29)

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def _retention(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(room)
    monkeypatch.delenv("JOBDECK_RETENTION_DAYS", raising=False)


def rows(table: type[Job | LogLineRow | TransitionRow | AttemptRow | ArtifactRow]) -> int:
    with session() as opened:
        return opened.exec(select(func.count()).select_from(table)).one()


def kept_files(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


def test_old_jobs_go_with_their_logs_and_files(room: Path, told: list[JobEvent]) -> None:
    old, new = add_job(age=OLD, lines=3), add_job(age=NEW, lines=3)
    for job_id in (old, new):
        files.attach(job_id, 1, "report.html", io.BytesIO(b"<p>"), "text/html")

    run = prune_history.run_inline()

    assert run.result == "1 job of more than 30 days ago removed"
    assert [job.id for job in jobs.list_jobs(filters.JobFilter()).items] == [new]
    assert (rows(LogLineRow), rows(TransitionRow), rows(AttemptRow), rows(ArtifactRow)) == (3, 1, 1, 1)
    assert len(kept_files(room)) == 1
    assert counts.state_totals()[State.SUCCEEDED] == 1
    assert told == [JobDeleted(job_id=old)]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.SCHEDULED, State.RETRYING])
def test_unfinished_jobs_stay_however_old(state: State) -> None:
    job_id = add_job(age=OLD, state=state)

    prune_history.run_inline()

    assert jobs.get_job(job_id).state is state


def test_the_setting_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    add_job(age=timedelta(days=3))
    monkeypatch.setenv("JOBDECK_RETENTION_DAYS", "2")

    assert prune_history.run_inline().result == "1 job of more than 2 days ago removed"


def test_nothing_is_removed_when_everything_is_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    add_job(age=timedelta(days=3000))
    monkeypatch.setenv("JOBDECK_RETENTION_DAYS", "0")

    prune_history.run_inline()

    assert rows(Job) == 1


def test_rules_by_kind_and_state_go_before_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PRUNED_AT_ONCE", 2)
    ages = [timedelta(days=days) for days in (3000, 100, 40, 9, 1)]
    failed = [add_job(age=age, state=State.FAILED) for age in ages]
    succeeded = [add_job(age=age) for age in ages]
    others = [add_job(age=age, kind="other") for age in ages]
    kind = jobs.get_job(succeeded[0]).kind
    for rule in (Rule(kind=kind, state="", days=7), Rule(kind=kind, state="failed", days=90)):
        rules.keep(rule, by=ME)
    rules.keep(Rule(kind="other", state="", days=0), by=ME)

    run = prune_history.run_inline()

    assert run.result == "6 jobs removed, by 3 rules and a setting of 30 days"
    assert (run.progress.done, run.progress.total) == (6, 6)
    left = {job.id for job in jobs.list_jobs(filters.JobFilter()).items}
    assert left == {*failed[2:], *succeeded[4:], *others}


def test_many_are_removed_in_small_batches_with_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PRUNED_AT_ONCE", 3)
    for _ in range(8):
        add_job(age=OLD)

    run = prune_history.run_inline()

    assert (run.progress.done, run.progress.total, rows(Job)) == (8, 8, 0)


def test_a_batch_ends_early_where_logs_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PRUNED_LINES", 10)
    for lines in (50, 4, 5, 2):
        add_job(age=OLD, lines=lines)
    before = now() - timedelta(days=30)

    assert [len(control.prune(before).job_ids) for _ in range(4)] == [1, 2, 1, 0]


def test_it_can_be_cancelled_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PRUNED_AT_ONCE", 1)
    for _ in range(3):
        add_job(age=OLD)
    run = Run(
        job_id=1, kind_name="prune_history", token=1, attempt=1, max_attempts=1, params={}, stored_params={},
        timeout=None, grace=1,
    )  # fmt: skip
    prune = control.prune

    def prune_once(before: datetime, **which: Any) -> Pruned:
        run.ask_to_stop(StopReason.CANCELLED)
        return prune(before, **which)

    monkeypatch.setattr(control, "prune", prune_once)

    with pytest.raises(JobCancelled):
        prune_history(JobContext(run, children=Children(run)))

    assert rows(Job) == 2


def test_it_runs_each_night() -> None:
    assert prune_history.schedule == ("0 3 * * *",)
