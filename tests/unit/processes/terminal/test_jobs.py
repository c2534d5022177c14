"""`python main.py jobs` on a data folder on which nothing runs."""

import json
from pathlib import Path

import pytest

import main
from app.db.snapshots.parts import Failure
from app.settings import Settings, variable
from tests.store import claimed, done, stored


@pytest.fixture
def folder(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data folder with a job that succeeded and one that failed."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    first, second = stored(kind="import_rows", title="Import"), stored(kind="count", title="Count")
    assert claimed(first)
    assert claimed(second)
    assert done(first, result="3 rows")
    failure = Failure(type="ValueError", message="it\x1b[31m broke", signature="s")
    assert done(second, outcome="failed", result=None, failure=failure)
    return str(tmp_path)


def test_jobs_are_found_by_a_query(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["jobs", "state:succeeded", "kind:import_*", "--data-dir", folder]) == 0

    said = capsys.readouterr()
    assert said.out.split()[:2] == ["#1", "succeeded"]
    assert said.out.endswith("Import 3 rows\n")
    assert said.err == "1 of 1 job.\n"


def test_a_query_may_begin_with_a_minus(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["jobs", "-state:succeeded", "--data-dir", folder]) == 0

    line = capsys.readouterr().out
    assert line.split()[:2] == ["#2", "failed"]
    assert "\x1b" not in line  # a job's text cannot move the cursor


def test_programs_get_what_the_api_answers(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["jobs", "--json", "--limit", "1", "--data-dir", folder]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert [job["id"] for job in answer["items"]] == [2]
    assert answer["items"][0]["error"]["type"] == "ValueError"
    assert (answer["count"], answer["count_is_exact"], answer["next"]) == (2, True, answer["next"])
    assert answer["next"]


def test_a_mistake_is_shown_at_its_place(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["jobs", "hello stat:failed", "--data-dir", folder]) == 2

    shown, pointer, told = capsys.readouterr().err.splitlines()
    assert (shown, pointer) == ("  hello stat:failed", "        ^")
    assert "There is no field stat. Did you mean state?" in told


def test_a_number_of_jobs_is_bounded(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["jobs", "--limit", "0", "--data-dir", folder]) == 2

    assert capsys.readouterr().err == "--limit is a number from 1 to 1,000.\n"
