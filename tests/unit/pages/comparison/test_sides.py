"""Two jobs as rows of two sides."""

import pytest

from app.db.queries import jobs
from app.db.queries.comparing.two_jobs import ComparedLine
from app.pages.comparison.sides import MOST_ROWS, line_rows, time_rows, value_rows
from tests import store


def test_values_stand_beside_each_other_and_those_that_differ_are_marked() -> None:
    rows = value_rows({"path": "a.csv", "limit": 5, "dry": True}, {"path": "a.csv", "limit": 6})

    assert [(row.name, row.one, row.other, row.is_same) for row in rows] == [
        ("path", "a.csv", "a.csv", True),
        ("limit", "5", "6", False),
        ("dry", "true", "—", False),
    ]


def test_where_neither_has_a_value_there_is_no_row() -> None:
    assert value_rows(None, None) == value_rows({}, {}) == []


def test_of_too_many_values_those_that_differ_are_kept() -> None:
    one = {str(number): number for number in range(2 * MOST_ROWS)}

    rows = value_rows(one, {**one, "999": "other"})

    assert len(rows) == MOST_ROWS
    assert rows[0].name == "999"


def test_lines_of_one_stand_in_the_place_of_those_of_the_other() -> None:
    lines = [("both", "a"), ("one", "b"), ("one", "c"), ("other", "x"), ("both", "d"), ("other", "y"), ("one", "e")]

    found = list(line_rows([ComparedLine(of=of, text=text) for of, text in lines]))

    assert found == [("a", "a"), ("b", "x"), ("c", None), ("d", "d"), (None, "y"), ("e", None), ("", "")]


@pytest.mark.usefixtures("database")
def test_times_are_written_for_people() -> None:
    message = store.stored()
    store.claimed(message)
    job = store.done(message)
    assert job is not None
    other = job.model_copy(update={"run_seconds": 65.0, "peak_memory_bytes": 3_000_000})

    rows = {row.name: (row.one, row.other, row.is_same) for row in time_rows(job, other)}

    assert rows["Ran"][1:] == ("1 min 05 s", False)
    assert rows["Most memory"][::2] == ("—", False)
    assert rows["Worker"] == ("w1", "w1", True)


@pytest.mark.usefixtures("database")
def test_of_what_goes_on_a_row_says_since_when() -> None:
    message = store.stored()
    store.claimed(message)
    running = jobs.get_job(message.job_id)
    ended = running.model_copy(update={"finished_at": running.started_at, "run_seconds": 65.0})  # an earlier attempt

    rows = {row.name: (row.one_since, row.other_since) for row in time_rows(running, ended)}

    assert running.started_at is not None
    assert rows == dict.fromkeys(rows, (None, None)) | {"Ran": (running.started_at, None)}
