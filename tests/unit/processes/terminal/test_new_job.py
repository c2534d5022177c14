"""`python main.py new`. That what it writes passes its test and the linters is seen in tests/e2e/test_new_job.py."""

from pathlib import Path

import pytest

import main


def test_a_job_is_written_with_its_test_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["new", "import_prices", "--to", str(tmp_path / "mine")]) == 0

    assert "def import_prices(" in (tmp_path / "mine/import_prices.py").read_text()
    assert (tmp_path / "mine/test_import_prices.py").exists()
    said = capsys.readouterr().out
    assert "import_prices.py" in said
    assert "python3 main.py start import_prices --jobs " in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Import Prices", "'Import Prices' cannot be a job's name: small letters, digits and underscores, a letter"),
        ("Import Prices", "at most 40. For example import_prices."),
        ("import_prices.py", "at most 40. For example import_prices."),
        ("../escape", "cannot be a job's name"),
        ("x" * 41, "at most 40."),
        ("class", "means something else in Python"),
        ("print", "means something else in Python"),
        ("data_report", "There is a kind named data_report already; choose another name."),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["new", name, "--to", str(tmp_path)]) == 2

    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["greet.py", "greet", "test_greet.py"])
def test_what_is_there_is_not_overwritten(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine")

    assert main.main(["new", "greet", "--to", str(tmp_path)]) == 2

    assert "is there already; choose another name." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]
