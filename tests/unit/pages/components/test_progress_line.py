"""How far a job is, in one line."""

import pytest

from app.db.snapshots.parts import Progress
from app.pages.jobs.one_line import progress_line
from tests.store import inserted


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
