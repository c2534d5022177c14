"""The data folder and its secret key: whose they are, and what stops the start."""

import stat
from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import Settings, load_settings
from app.settings.data_folder import prepare_data_dir, with_secret_key


def test_secret_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = with_secret_key(load_settings(data_dir=tmp_path)).secret_key
    second = with_secret_key(load_settings(data_dir=tmp_path)).secret_key

    assert first == second
    assert first is not None
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_given_secret_key_is_used_and_none_is_kept(tmp_path: Path) -> None:
    settings = with_secret_key(load_settings(data_dir=tmp_path, secret_key="k" * 32))

    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == "k" * 32
    assert not (tmp_path / "secret.key").exists()


def test_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "deck"

    prepare_data_dir(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_empty_open_folder_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    prepare_data_dir(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_an_open_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    tmp_path.chmod(0o755)

    with pytest.raises(SettingsError, match="holds other files and is open to others"):
        prepare_data_dir(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deck").touch()

    with pytest.raises(SettingsError, match="cannot be used"):
        prepare_data_dir(tmp_path / "deck")


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 50])
def test_secret_key_that_is_none_stops_the_start_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)

    with pytest.raises(SettingsError, match=r"secret\.key") as refused:
        with_secret_key(Settings(data_dir=tmp_path))

    assert refused.value.hint
    assert (tmp_path / "secret.key").read_bytes() == content


def test_secret_key_that_cannot_be_made_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret.new").mkdir()  # where it would be written

    with pytest.raises(SettingsError, match="cannot be read or made"):
        with_secret_key(Settings(data_dir=tmp_path))
