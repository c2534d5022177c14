"""What came out of a job, in one line."""

from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.snapshots.parts import Failure, Progress
from app.pages.jobs.one_line import outcome_line, params_line, progress_line, result_text
from tests.store import inserted


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ("12 rows", "12 rows"),
        (2026, "2026"),
        (True, "yes"),
        ({"rows": 12, "columns": 3}, "rows: 12, columns: 3"),
        ({"mean": 0.1 + 0.2, "name": "a.csv", "note": None}, "mean: 0.30000000000000004, name: a.csv, note: none"),
        ({"year": 2026, "paid": 48210.55, "share": 0.000123}, "year: 2026, paid: 48210.55, share: 0.000123"),
        ({"price": "1250.50", "most": 2.5e20, "all": 1234567.891}, "price: 1250.50, most: 2.5e+20, all: 1234567.891"),
        ({"is_whole": False}, "is_whole: no"),
        ({"rows": 12345, "columns": [{"name": "a"}, {"name": "b"}]}, "rows: 12345, columns: 2 items"),
        ({"sizes": [1, 2], "by": {"day": 1}, "left": []}, "sizes: 1 2, by: 1 field, left: none"),
        ([{"a": 1}], "1 item"),
        (["a", "b", "c", "d"], "4 items"),
        ({}, ""),
        ({f"n{number}": number for number in range(1000)}, ", ".join(f"n{number}: {number}" for number in range(12))),
    ],
)  # fmt: skip
def test_a_result_is_told_in_one_line(result: Any, line: str) -> None:
    assert result_text(result) == line


def with_error(job: JobSnapshot, type: str, message: str, state: State = State.FAILED) -> JobSnapshot:
    return job.model_copy(update={"state": state, "error": Failure(type=type, message=message, signature="")})


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("type", "message", "line"),
    [
        ("KeyError", "'customer_id'", "KeyError: 'customer_id'"),
        ("JobError", "There is no file a.csv.", "There is no file a.csv."),
        ("TimeoutError", "TimeoutError", "TimeoutError"),
        ("TimeoutError", "", "TimeoutError"),
        ("ValueError", "one\ntwo", "ValueError: one two"),
    ],
)
def test_the_outcome_of_a_failure_names_the_exception(type: str, message: str, line: str) -> None:
    job = inserted().job

    assert outcome_line(with_error(job, type, message)) == line
    assert outcome_line(with_error(job, type, message, State.RETRYING)) == line


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("state", [State.QUEUED, State.SCHEDULED, State.CANCELLED, State.SUCCEEDED, State.RUNNING])
def test_what_has_no_outcome_yet_says_nothing_and_keeps_its_params_apart(state: State) -> None:
    job = inserted().job.model_copy(update={"state": state, "params": {"year": 2026, "paid": 1250.5}})

    assert outcome_line(job) == ""
    assert params_line(job.params) == "year=2026, paid=1250.5"


@pytest.mark.usefixtures("database")
def test_figures_after_a_message_that_is_read_from_the_right_keep_their_place() -> None:
    job = inserted().job
    progress = Progress(done=3, total=8, message="\u0645\u0644\u0641")

    assert progress_line(job.model_copy(update={"progress": progress})) == "\u2068\u0645\u0644\u0641\u2069 3 of 8"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("message", "done", "total", "line"),
    [
        ("Importing", 17641, 18204, "Importing 17,641 of 18,204"),
        ("Importing", 17641, None, "Importing 17,641"),
        (None, 3, 8, "3 of 8"),
        ("Importing row 17,641 of 18,204", 17641, 18204, "Importing row 17,641 of 18,204"),
        ("Importing row 17641", 17641, 18204, "Importing row 17641"),
        ("File 3/8: orders.csv", 3, 8, "File 3/8: orders.csv"),
        ("Page (3).", 3, None, "Page (3)."),
        ("1290 rows of orders-3.csv", 3, 8, "1290 rows of orders-3.csv 3 of 8"),
        ("Reading 12 files", 1, 2, "Reading 12 files 1 of 2"),
        ("Loaded 2.5 GB", 2.5, 4, "Loaded 2.5 GB"),
        ("Nothing counted", None, None, "Nothing counted"),
    ],
)  # fmt: skip
def test_the_count_is_said_once(message: str | None, done: float | None, total: float | None, line: str) -> None:
    job = inserted().job
    assert progress_line(job.model_copy(update={"progress": Progress(message=message, done=done, total=total)})) == line
