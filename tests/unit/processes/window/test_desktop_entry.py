"""`make desktop`: what it writes, what it says, and that it leaves nothing behind."""

import os
import plistlib
import sys
from pathlib import Path

import pytest

import main
from app.processes.window import desktop_entry

ENTRY = "applications/jobdeck.desktop"
ICON = "icons/hicolor/scalable/apps/jobdeck.svg"


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a person's data, not made yet, on Linux."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path / "share"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a person, on a Mac."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_entry_starts_the_window_of_this_folder(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert desktop_entry.main([]) == 0

    said = capsys.readouterr().out
    keys = dict(line.split("=", 1) for line in (data_home / ENTRY).read_text().splitlines()[1:])
    assert keys["Exec"] == f'"{sys.executable}" "{main.__file__}" "--window"'
    assert keys["Path"] == str(Path(main.__file__).parent)
    assert keys["Icon"] == str(data_home / ICON)
    assert (data_home / ICON).read_text().startswith("<svg")
    assert f"Written: {data_home / ENTRY}" in said
    assert f"Written: {data_home / ICON}" in said
    assert "make desktop ARGS=--remove" in said
    assert "desktop-file-validate" not in said  # it is asked where it is installed, and has no complaint


def test_to_write_it_twice_is_as_once(data_home: Path) -> None:
    desktop_entry.main([])
    once = files(data_home)

    assert desktop_entry.main([]) == 0

    assert files(data_home) == once
    assert len(once) == 2


def test_remove_takes_away_what_was_written_and_nothing_else(
    data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = data_home / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("theirs")
    desktop_entry.main([])

    assert desktop_entry.main(["--remove"]) == 0

    assert files(data_home) == {"applications/other.desktop": b"theirs"}
    assert f"Removed: {data_home / ENTRY}" in capsys.readouterr().out
    assert desktop_entry.main(["--remove"]) == 0
    assert capsys.readouterr().out == "There was nothing to remove.\n"


def test_a_relative_data_home_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "share")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    desktop_entry.main([])

    assert (tmp_path / ".local/share" / ENTRY).exists()


def test_where_it_cannot_be_written_there_is_one_sentence(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_home.write_text("a file where the folder should be")

    assert desktop_entry.main([]) == 1

    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("/home/ada/main.py", '"/home/ada/main.py"'),
        ("/my jobs/main.py", '"/my jobs/main.py"'),
        ('a"b', '"a\\\\"b"'),
        ("a$b`c", '"a\\\\$b\\\\`c"'),
        ("a\\b", '"a\\\\\\\\b"'),
        ("100%", '"100%%"'),
    ],
)
def test_an_argument_is_quoted_as_the_specification_wants_it(argument: str, quoted: str) -> None:
    assert desktop_entry.quote_argument(argument) == quoted


def test_on_a_mac_it_is_a_small_application(home: Path) -> None:
    assert desktop_entry.main([]) == 0

    application = home / "Applications" / "Jobdeck.app"
    program = application / "Contents" / "MacOS" / "Jobdeck"
    about = plistlib.loads((application / "Contents" / "Info.plist").read_bytes())
    assert about["CFBundleExecutable"] == "Jobdeck"
    assert os.access(program, os.X_OK)
    assert program.read_text().endswith(f"exec {sys.executable} {main.__file__} --window\n")
    assert desktop_entry.main(["--remove"]) == 0
    assert not application.exists()
