"""The settings: their defaults, what is refused, what a child is told; the documentation lists them all."""

import re
from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import OPTIONS, Settings, load_settings, variable
from app.settings.data_folder import with_secret_key
from app.settings.settings import default_data_dir

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


def test_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()

    assert settings.data_dir == default_data_dir()
    assert settings.database_url == f"sqlite:///{default_data_dir()}/jobdeck.db"
    assert settings.redis_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.worker_processes, settings.worker_threads) == (2, 4)
    assert (settings.max_upload_mb, settings.log_format, settings.log_level) == (1024, "text", "info")
    assert not settings.is_given("port")


def test_the_database_lies_in_the_given_data_folder(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "deck")

    assert settings.database_url == f"sqlite:///{tmp_path}/deck/jobdeck.db"
    assert not settings.is_given("database_url")


def test_a_relative_data_folder_is_made_absolute(tmp_path: Path) -> None:
    assert load_settings(data_dir="deck").data_dir == tmp_path / "deck"


def test_the_machines_own_names_are_always_allowed_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBDECK_ALLOWED_HOSTS", "Deck.Example")

    assert load_settings().allowed_hosts == ["deck.example", "127.0.0.1", "localhost", "::1"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "web", "JOBDECK_PORT web: it must be a valid integer."),
        ("PORT", "0", "JOBDECK_PORT 0: it must be greater than or equal to 1."),
        ("PORT", "65536", "JOBDECK_PORT 65536: it must be less than or equal to 65535."),
        ("WORKER_PROCESSES", "0", "JOBDECK_WORKER_PROCESSES 0: it must be greater than or equal to 1."),
        ("RETENTION_DAYS", "10.000", "JOBDECK_RETENTION_DAYS 10.000: it must be a whole number, in digits alone."),
        ("RETENTION_DAYS", "1_0", "JOBDECK_RETENTION_DAYS 1_0: it must be a whole number, in digits alone."),
        ("WORKER_THREADS", "many", "JOBDECK_WORKER_THREADS many: it must be a valid integer."),
        ("MAX_UPLOAD_MB", "-1", "JOBDECK_MAX_UPLOAD_MB -1: it must be greater than or equal to 1."),
        (
            "PUBLIC_URL",
            "jobs.example",
            "JOBDECK_PUBLIC_URL jobs.example: it must be an address as https://jobs.example.com/deck.",
        ),
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


@pytest.mark.parametrize("url", ["redis://machine/jobs", "redis://machine:6379/1/2", "rediss://name:s/cret@machine/0"])
def test_a_database_of_redis_that_is_no_number_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("JOBDECK_REDIS_URL", url)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value).startswith("JOBDECK_REDIS_URL: after the machine, it may name a database by its number")
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://machine",
        "redis://machine/",
        "rediss://:word@machine:6379/12",
        "redis://machine?db=2",
        "unix:///a/b?db=2",
    ],
)
def test_an_address_of_redis_may_name_a_database_by_its_number(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("JOBDECK_REDIS_URL", url)

    assert load_settings().redis_url == url


def test_nobody_calls_a_server_by_all_addresses() -> None:
    assert load_settings(host="0.0.0.0").allowed_hosts == ["localhost", "127.0.0.1", "::1"]
    assert load_settings(host="192.168.1.5").allowed_hosts[0] == "192.168.1.5"


def test_environment_gives_a_child_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, port=9000, jobs=["one.py", "two.py"], redis_url="unix:///x.sock")
    settings = with_secret_key(settings)

    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    assert load_settings().model_dump() == settings.model_dump()


def test_document_lists_every_setting_with_its_option_and_default() -> None:
    rows = re.findall(r"^\| `(JOBDECK_\w+)` \| (?:`(--[\w-]+)`[^|]*)?\| (.*?) \|", DOCUMENT.read_text(), re.MULTILINE)

    assert {name: option for name, option, _ in rows} == {
        variable(name): OPTIONS.get(name, "") for name in Settings.model_fields
    }
    documented = {name: default.strip("`") for name, _, default in rows}
    for name in ("host", "port", "worker_processes", "worker_threads", "max_upload_mb", "log_format", "log_level"):
        assert documented[variable(name)] == str(Settings.model_fields[name].default)


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
