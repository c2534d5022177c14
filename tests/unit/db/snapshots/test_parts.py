"""What belongs to a job: progress with what is derived from it, levels of a log, failures."""

from typing import Any

import pytest

from app.db.clock import now
from app.db.models import Job
from app.db.snapshots.parts import Progress, failure_of, level_name


def row(**fields: Any) -> Job:
    """Return the row of a job as far as a test needs it."""
    return Job(**fields)


@pytest.mark.parametrize(
    ("done", "total", "rate", "ratio", "eta"),
    [
        (5, 20, 3.0, 0.25, 5.0),
        (30, 20, 3.0, 1.0, 0.0),
        (-5, 20, None, 0.0, None),
        (5, 0, 3.0, 1.0, 0.0),
        (5, None, 3.0, None, None),
        (5, 20, 0.0, 0.25, None),
    ],
)
def test_ratio_and_time_left_are_derived_where_they_can_be(
    done: float, total: float | None, rate: float | None, ratio: float | None, eta: float | None
) -> None:
    progress = Progress.of(done, total, "step", rate, now())

    assert (progress.ratio, progress.eta_seconds, progress.message) == (ratio, eta, "step")


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
