"""What belongs to a job: progress with what is derived from it, levels of a log, failures."""

from typing import Any

import pytest

from app.db.clock import now
from app.db.models.jobs import Job
from app.db.snapshots.parts import Progress, failure_of, level_name


def row(**fields: Any) -> Job:
    """Return the row of a job as far as a test needs it."""
    return Job(**fields)


@pytest.mark.parametrize(
    ("done", "total", "ratio"), [(5, 20, 0.25), (30, 20, 1.0), (-5, 20, 0.0), (5, 0, 1.0), (5, None, None)]
)
def test_the_ratio_is_derived_where_it_can_be(done: float, total: float | None, ratio: float | None) -> None:
    progress = Progress.of(done, total, "step", 3.0, now(), eta_seconds=5.0)

    assert (progress.ratio, progress.eta_seconds, progress.message) == (ratio, 5.0, "step")


@pytest.mark.parametrize(("gap", "limit"), [(None, 45.0), (1.0, 45.0), (60.0, 300.0)])
def test_a_job_counts_as_stalled_by_its_own_rhythm_but_not_within_a_moment(gap: float | None, limit: float) -> None:
    assert Progress.of(1, 2, None, None, now(), gap_seconds=gap).stalled_after_seconds == limit


def test_a_job_that_reported_nothing_has_no_progress() -> None:
    assert Progress.of(None, None, None, 3.0, None) == Progress()


def test_a_level_of_python_is_named_as_logs_here_do() -> None:
    assert [level_name(number) for number in (0, 10, 20, 25, 30, 40, 50)] == [
        "debug", "debug", "info", "info", "warning", "error", "error"
    ]  # fmt: skip


def test_a_failure_is_there_only_where_something_failed() -> None:
    failed = failure_of(row(error_type="KeyError", error_message="'id'"))

    assert failed is not None
    assert (failed.type, failed.message, failed.signature) == ("KeyError", "'id'", "")
    assert failure_of(row(error_message="of an earlier attempt")) is None
