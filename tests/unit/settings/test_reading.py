"""Where a setting comes from, and with which words an unknown name or a bad value is refused."""

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import load_settings


def test_an_option_wins_over_the_environment_and_that_over_dotenv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("JOBDECK_PORT=1001\nJOBDECK_WORKER_THREADS=11\nJOBDECK_WORKER_PROCESSES=21\n")
    monkeypatch.setenv("JOBDECK_PORT", "1002")
    monkeypatch.setenv("JOBDECK_WORKER_THREADS", "12")

    settings = load_settings(port=1003)

    assert (settings.port, settings.worker_threads, settings.worker_processes) == (1003, 12, 21)
    assert settings.is_given("port")


def test_an_empty_value_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_PORT", "")

    assert load_settings().port == 8080


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_JOBS", "one.py, shop.jobs ,")

    assert load_settings().jobs == ["one.py", "shop.jobs"]


def test_unknown_name_in_the_environment_names_it_and_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_PROT", "9000")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value) == "JOBDECK_PROT is not a setting. Did you mean JOBDECK_PORT?"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"JOBDECK_PORT=1001\ngarbage line\n", ".env, line 2: this is no line like NAME=value."),
        (b"\xff\xfe", ".env is not a text in UTF-8."),
    ],
)
def test_a_dotenv_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(SettingsError) as told:
        load_settings()

    assert str(told.value) == sentence


def test_a_folder_named_dotenv_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    assert load_settings().port == 8080


def test_unknown_name_in_dotenv_names_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("JOBDECK_COLOUR=green\nOTHER_PROGRAM=1\n")

    with pytest.raises(SettingsError, match=r"^JOBDECK_COLOUR in \.env is not a setting\."):
        load_settings()


def test_a_bad_option_is_named_as_the_option() -> None:
    with pytest.raises(SettingsError, match=r"^--processes 0: "):
        load_settings(worker_processes=0)
