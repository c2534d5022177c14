"""What a person is told who gives a measurement a value that it cannot use."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import arguments


def refusal(read: Callable[[str], object], text: str) -> str:
    """Return the sentence with which a value is refused."""
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        read(text)
    return str(caught.value)


def test_folder_is_absolute_for_processes_that_work_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert arguments.folder(".") == tmp_path


def test_folder_that_is_not_there_or_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    assert refusal(arguments.folder, str(tmp_path / "gone")) == f"there is no folder {tmp_path / 'gone'}"
    assert refusal(arguments.folder, str(file)) == f"{file} is a file"


def test_file_to_write_in_no_folder_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    missing = tmp_path / "gone/figures.json"

    assert refusal(arguments.file_to_write, str(missing)) == f"there is no folder {missing.parent}"
    assert refusal(arguments.file_to_write, str(tmp_path)) == f"{tmp_path} is a folder; name a file in it"


def test_file_to_write_may_be_new_or_there(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    assert arguments.file_to_write(str(file)) == file
    file.touch()
    assert arguments.file_to_write(str(file)) == file


@pytest.mark.parametrize(("text", "sentence"), [("0", "0 is less than 1"), ("many", "'many' is no whole number")])
def test_number_that_measures_nothing_is_refused(text: str, sentence: str) -> None:
    assert refusal(arguments.at_least(1), text) == sentence
    assert arguments.at_least(1)("1") == 1
