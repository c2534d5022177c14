"""`activity_report` on a history that is known: counts, percentiles, causes, and words that are not to be trusted."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.db import State
from app.db.queries import activity
from app.errors import InvalidInput
from app.jobs.activity_report import activity_report
from app.reports.words import PERCENTILE_RULE, PERCENTILES_SAID
from tests.unit.jobs.history import add_job

DAY = timedelta(days=1)

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def _empty(room: Path) -> None:
    """Begin with no history."""


def report(days: int = 7) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(activity_report.run_inline(days).attachments["report.json"])
    return found


def test_jobs_are_counted_by_kind_and_state() -> None:
    add_job(age=8 * DAY, kind="mail")
    for state in (State.SUCCEEDED, State.SUCCEEDED, State.FAILED, State.QUEUED):
        add_job(age=DAY, kind="mail", state=state)
    add_job(age=DAY, kind="count")

    found = report()

    assert (found["jobs"], found["states"]["succeeded"], found["states"]["queued"]) == (5, 3, 1)
    assert [(kind["kind"], kind["jobs"]) for kind in found["kinds"]] == [("mail", 4), ("count", 1)]
    assert found["kinds"][0]["states"] == {"succeeded": 2, "failed": 1, "queued": 1}
    assert report(days=9)["jobs"] == 6


def test_percentiles_are_exact_and_follow_the_rule_of_data_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "PAGE_ROWS", 7)
    for number in range(1, 101):
        add_job(age=DAY, run_seconds=float(number), wait_seconds=number / 1000)

    found = report()

    [kind] = found["kinds"]
    assert found["percentile_rule"] == PERCENTILE_RULE
    assert kind["run_seconds"] == {
        "count": 100, "mean": 50.5, "p50": 50.5, "p90": 90.1, "p95": 95.05, "p99": 99.01, "max": 100.0
    }  # fmt: skip
    assert kind["wait_seconds"]["p95"] == pytest.approx(0.09505, abs=1e-6)


def test_the_slowest_come_first() -> None:
    ids = [add_job(age=DAY, run_seconds=float(number)) for number in range(15)]

    assert [slow["id"] for slow in report()["slowest"]] == list(reversed(ids[5:]))


def test_failures_are_grouped_by_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "MAX_SIGNATURES", 2)
    for number, signature in enumerate(["E: <n>", "E: <n>", "F", "G"]):
        add_job(
            age=DAY - timedelta(minutes=number), state=State.FAILED, kind=f"k{number}",
            error_type="E", error_message=f"no. {number}", error_signature=signature,
        )  # fmt: skip

    found = report()

    [first, second] = found["failures"]
    assert (first["signature"], first["count"], first["kinds"]) == ("E: <n>", 2, {"k0": 1, "k1": 1})
    assert (first["message"], first["last_job_id"]) == ("no. 1", 2)
    assert (second["signature"], found["other_failures"]) == ("F", 1)


def test_every_day_is_there_also_those_without_jobs() -> None:
    add_job(age=2 * DAY)

    days = report()["per_day"]

    assert len(days) == 8
    assert sum(day["succeeded"] for day in days) == sum(day["jobs"] for day in days) == 1


def test_an_empty_history_is_reported_too() -> None:
    run = activity_report.run_inline()

    assert run.result == "0 jobs in 7 days, 0 failed"
    assert "Nothing was started in this time." in run.attachments["report.html"].decode()
    assert json.loads(run.attachments["report.json"])["kinds"] == []


def test_page_says_how_percentiles_are_taken() -> None:
    page = activity_report.run_inline().attachments["report.html"].decode()

    assert PERCENTILES_SAID in page


def test_what_jobs_say_is_escaped_on_the_page() -> None:
    add_job(
        age=DAY, state=State.FAILED, kind='k"><script>', error_type="E",
        error_message='"><script>alert(1)</script>', error_signature="<script>",
    )  # fmt: skip

    page = activity_report.run_inline().attachments["report.html"].decode()

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_days_that_do_not_fit_are_refused(days: int) -> None:
    with pytest.raises(InvalidInput):
        activity_report.run_inline(days)
