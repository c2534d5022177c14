"""Settings: where a value comes from, what is refused and with which words; the documentation lists them all."""

import re
import stat
from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import (
    OPTIONS,
    Settings,
    default_data_dir,
    is_loopback,
    load_settings,
    prepare_data_dir,
    variable,
    with_secret_key,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()

    assert settings.data_dir == default_data_dir()
    assert settings.database_url == f"sqlite:///{default_data_dir()}/jobdeck.db"
    assert settings.redis_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.worker_processes, settings.worker_threads) == (2, 4)
    assert (settings.max_upload_mb, settings.log_format, settings.log_level) == (1024, "text", "info")
    assert not settings.is_given("port")


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


def test_the_database_lies_in_the_given_data_folder(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "deck")

    assert settings.database_url == f"sqlite:///{tmp_path}/deck/jobdeck.db"
    assert not settings.is_given("database_url")


def test_a_relative_data_folder_is_made_absolute(tmp_path: Path) -> None:
    assert load_settings(data_dir="deck").data_dir == tmp_path / "deck"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_JOBS", "one.py, shop.jobs ,")

    assert load_settings().jobs == ["one.py", "shop.jobs"]


def test_the_machines_own_names_are_always_allowed_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_ALLOWED_HOSTS", "Deck.Example")

    assert load_settings().allowed_hosts == ["deck.example", "127.0.0.1", "localhost", "::1"]


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


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "web", "JOBDECK_PORT web: it must be a valid integer."),
        ("PORT", "0", "JOBDECK_PORT 0: it must be greater than or equal to 1."),
        ("PORT", "65536", "JOBDECK_PORT 65536: it must be less than or equal to 65535."),
        ("WORKER_PROCESSES", "0", "JOBDECK_WORKER_PROCESSES 0: it must be greater than or equal to 1."),
        ("WORKER_THREADS", "many", "JOBDECK_WORKER_THREADS many: it must be a valid integer."),
        ("MAX_UPLOAD_MB", "-1", "JOBDECK_MAX_UPLOAD_MB -1: it must be greater than or equal to 1."),
        ("LOG_FORMAT", "xml", "JOBDECK_LOG_FORMAT xml: it must be 'text' or 'json'."),
        ("LOG_LEVEL", "loud", "JOBDECK_LOG_LEVEL loud: it must be 'debug', 'info', 'warning' or 'error'."),
        ("REDIS_URL", "http://name:word@x", "JOBDECK_REDIS_URL: it must begin with redis://, rediss:// or unix://."),
        (
            "DATABASE_URL",
            "mysql://name:word@x",
            "JOBDECK_DATABASE_URL: it must begin with sqlite:/// or postgresql+psycopg://.",
        ),
        ("SECRET_KEY", "short", "JOBDECK_SECRET_KEY: it must have 32 characters or more."),
    ],
)
def test_a_value_that_does_not_fit_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"JOBDECK_{name}", value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://name:s3/cret@machine/jobdeck",
        "postgresql+psycopg://name:s3#cret@machine/jobdeck",
        "postgresql+psycopg://name:word@machine:port/jobdeck",
        "postgresql+psycopg://machine",
        "postgresql+psycopg://machine/",
        "postgresql+psycopg://[::1/jobdeck",
    ],
)
def test_an_address_of_postgresql_that_cannot_be_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("JOBDECK_DATABASE_URL", url)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value).startswith("JOBDECK_DATABASE_URL: it must look like postgresql+psycopg://name:password@")
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgresql+psycopg://name:w%40rd@machine/jobdeck", "postgresql+psycopg://name:w%40rd@machine/jobdeck"),
        ("postgresql://machine:5432/jobdeck?sslmode=verify-full", None),
        ("postgres:///jobdeck?host=/run/postgresql", "postgresql+psycopg:///jobdeck?host=/run/postgresql"),
        ("postgres://one,two/jobdeck", "postgresql+psycopg://one,two/jobdeck"),
    ],
)
def test_an_address_of_postgresql_is_taken_as_other_programs_write_it(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str | None
) -> None:
    monkeypatch.setenv("JOBDECK_DATABASE_URL", given)

    assert load_settings().database_url == (taken or given.replace("postgresql://", "postgresql+psycopg://"))


def test_a_bad_option_is_named_as_the_option() -> None:
    with pytest.raises(SettingsError, match=r"^--processes 0: "):
        load_settings(worker_processes=0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_a_loopback_host_is_known_as_one(host: str) -> None:
    assert is_loopback(load_settings(host=host).host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "deck.example"])
def test_another_host_is_taken_and_known_as_none(host: str) -> None:
    assert not is_loopback(load_settings(host=host).host)


def test_nobody_calls_a_server_by_all_addresses() -> None:
    assert load_settings(host="0.0.0.0").allowed_hosts == ["localhost", "127.0.0.1", "::1"]
    assert load_settings(host="192.168.1.5").allowed_hosts[0] == "192.168.1.5"


def test_environment_gives_a_child_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, port=9000, jobs=["one.py", "two.py"], redis_url="unix:///x.sock")
    settings = with_secret_key(settings)

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert load_settings().model_dump() == settings.model_dump()


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


def test_document_lists_every_setting_with_its_option_and_default() -> None:
    rows = re.findall(r"^\| `(JOBDECK_\w+)` \| (?:`(--[\w-]+)`[^|]*)?\| (.*?) \|", DOCUMENT.read_text(), re.MULTILINE)

    assert {name: option for name, option, _ in rows} == {
        variable(name): OPTIONS.get(name, "") for name in Settings.model_fields
    }
    documented = {name: default.strip("`") for name, _, default in rows}
    for name in ("host", "port", "worker_processes", "worker_threads", "max_upload_mb", "log_format", "log_level"):
        assert documented[variable(name)] == str(Settings.model_fields[name].default)


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


def test_folder_whose_name_is_no_utf8_is_refused_with_a_sentence(tmp_path: Path) -> None:
    folder = Path(f"{tmp_path}/caf\udce9")

    with pytest.raises(SettingsError, match="is no UTF-8"):
        load_settings(data_dir=folder)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"oidc_issuer": "login.example"}, "JOBDECK_OIDC_ISSUER login.example: it must be the address"),
        ({"oidc_issuer": "http://login.example"}, "JOBDECK_OIDC_ISSUER http://login.example: it must begin with https"),
        (
            {"oidc_issuer": "https://login.example"},
            "JOBDECK_OIDC_CLIENT_ID: it must be given where JOBDECK_OIDC_ISSUER",
        ),
    ],
)
def test_a_provider_that_nobody_could_trust_or_ask_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], sentence: str
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(variable(name), value)

    with pytest.raises(SettingsError, match=re.escape(sentence)):
        load_settings()
