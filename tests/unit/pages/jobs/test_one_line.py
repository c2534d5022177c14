"""A result in one line."""

from typing import Any

import pytest

from app.db.snapshots.parts import Progress
from app.pages.jobs.one_line import progress_line, result_text
from tests.store import inserted


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ("12 rows", "12 rows"),
        (1284, "1,284"),
        (True, "yes"),
        ({"rows": 12, "columns": 3}, "rows: 12, columns: 3"),
        ({"mean": 0.1 + 0.2, "name": "a.csv", "note": None}, "mean: 0.3, name: a.csv, note: none"),
        ({"paid": 48210.55, "share": 0.000123, "most": 2.5e20}, "paid: 48,210.55, share: 0.000123, most: 2.5e+20"),
        ({"is_whole": False}, "is_whole: no"),
        ({"rows": 12345, "columns": [{"name": "a"}, {"name": "b"}]}, "rows: 12,345, columns: 2 items"),
        ({"sizes": [1, 2], "by": {"day": 1}, "left": []}, "sizes: 1 2, by: 1 field, left: none"),
        ([{"a": 1}], "1 item"),
        (["a", "b", "c", "d"], "4 items"),
        ({}, ""),
        ({f"n{number}": number for number in range(1000)}, ", ".join(f"n{number}: {number}" for number in range(12))),
    ],
)  # fmt: skip
def test_a_result_is_told_in_one_line(result: Any, line: str) -> None:
    assert result_text(result) == line


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
