"""Every knob of Jobdeck: typed, with its unit in the name, read once at the start of a process.

An option of the command line wins over the environment, the environment over the file `.env` in the working folder. An
unknown `JOBDECK_…` name or a bad value stops the start with one line that names it. `docs/settings.md` is the table
for people; a test compares it with this file. The data folder and the secret key in it are made here too; what else
lies in that folder is the business of those who put it there.
"""

import difflib
import ipaddress
import os
import secrets
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from app.errors import SettingsError
from app.outward import mail

PREFIX = "JOBDECK_"
#: The option of the command line that gives a setting, where there is one.
OPTIONS = {
    "data_dir": "--data-dir",
    "host": "--host",
    "port": "--port",
    "jobs": "--jobs",
    "worker_processes": "--processes",
    "worker_threads": "--threads",
}
#: Names by which a browser or a program reaches a server on its own machine. A foreign page cannot come under one of
#: them.
LOCALHOST_NAMES = ("localhost", "127.0.0.1", "::1")
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # nosec B104  # compared with
"""What a server is told that listens at all addresses of its machine. Nobody calls it so."""
_DOTENV = ".env"
_POSTGRESQL = "postgresql+psycopg://"
KEY_FILE = "secret.key"
NEXT_KEY_FILE = "secret.key.next"
"""There while the secrets are sealed anew with it."""
_SHORTEST_KEY = 32
#: Files that say "this folder is Jobdeck's". NOTE: `instance.lock` is written by app/processes/supervision/instance.py.
_OUR_FILES = (KEY_FILE, "instance.lock")


def default_data_dir() -> Path:
    """Return the platform's folder for a user's data, plus `jobdeck`.

    Linux: `$XDG_DATA_HOME` or `~/.local/share` (XDG Base Directory Specification). macOS: `~/Library/Application
    Support`.
    """
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "jobdeck"
    data_home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data_home) if os.path.isabs(data_home) else Path.home() / ".local" / "share") / "jobdeck"


class Settings(BaseModel):
    """What this process was told. Made by `load_settings`; never changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: str = Field(default_factory=lambda known: f"sqlite:///{known['data_dir'] / 'jobdeck.db'}")
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    jobs: list[str] = []
    worker_processes: int = Field(default=2, ge=1, le=256)
    worker_threads: int = Field(default=4, ge=1, le=256)
    secret_key: SecretStr | None = None
    allowed_hosts: list[str] = Field(default=[], validate_default=True)
    trusted_proxies: list[str] = []
    path_roots: list[Path] = []
    root_path: str = Field(default="", pattern=r"^(/[A-Za-z0-9._~-]+)*$")
    oidc_issuer: str | None = None
    oidc_client_id: str | None = Field(default=None, validate_default=True)
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str | None = None
    allow_private_urls: bool = False
    notice_private_addresses: bool = False
    smtp_url: str | None = None
    allow_commands: bool = False
    max_upload_mb: int = Field(default=1024, ge=1)
    client_timeout_seconds: int = Field(default=60, ge=1, le=3600)
    retention_days: int = Field(default=30, ge=0, le=36500)
    audit_days: int = Field(default=365, ge=0, le=36500)
    token: SecretStr | None = None
    token_writes_per_minute: int = Field(default=600, ge=0, le=1_000_000)
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def is_given(self, name: str) -> bool:
        """Say whether the setting `name` (`"port"`) was given; if not, its default is used."""
        return name in self.model_fields_set

    @property
    def switched_on(self) -> frozenset[str]:
        """The settings that are either on or off, and on."""
        return frozenset(name for name in SWITCHES if getattr(self, name))

    @property
    def absolute_jobs(self) -> list[str]:
        """The job files and modules beside `app/jobs/`, files by their absolute paths."""
        return [os.path.abspath(os.path.expanduser(one)) if one.endswith(".py") else one for one in self.jobs]

    def environment(self) -> dict[str, str]:
        """Return the variables that tell a child process the same settings. Holds the secret key in the clear."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {variable(name): _write(value) for name, value in given.items() if value is not None}

    @field_validator("data_dir")
    @classmethod
    def _make_absolute(cls, folder: Path) -> Path:
        absolute = os.path.abspath(folder.expanduser())
        try:
            absolute.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(absolute).decode("utf-8", "backslashreplace")
            raise ValueError(f"the name of the folder {shown} is no UTF-8; rename it, or choose another") from None
        return Path(absolute)

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            return url
        # As other programs write it; the driver is always the same.
        for usual in ("postgresql://", "postgres://"):
            if url.startswith(usual):
                url = _POSTGRESQL + url.removeprefix(usual)
        if not url.startswith(_POSTGRESQL):
            raise ValueError(f"it must begin with sqlite:/// or {_POSTGRESQL}")
        if not _names_a_database(url):
            raise ValueError(
                f"it must look like {_POSTGRESQL}name:password@machine:5432/database; in the password, other "
                "characters than letters and digits are written as %40 is for @"
            )
        return url

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: str | None) -> str | None:
        if url is not None and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("it must begin with redis://, rediss:// or unix://")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, url: str | None) -> str | None:
        if url is not None:
            mail.read_url(url)
        return url

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, address: str | None) -> str | None:
        parts = urlsplit(address or "https://none.example")
        if not parts.hostname or parts.query or parts.fragment or parts.scheme not in ("https", "http"):
            raise ValueError("it must be the address of an OpenID Connect provider, as https://login.example.org/realm")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("it must begin with https://, for what it says is believed")
        return address

    @field_validator("oidc_client_id")
    @classmethod
    def _check_client_id(cls, client_id: str | None, known: ValidationInfo) -> str | None:
        if client_id is None and known.data.get("oidc_issuer") is not None:
            raise ValueError("it must be given where JOBDECK_OIDC_ISSUER is")
        return client_id

    @field_validator("secret_key")
    @classmethod
    def _check_secret_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key) < _SHORTEST_KEY:
            raise ValueError("it must have 32 characters or more")
        return key

    @field_validator("allowed_hosts")
    @classmethod
    def _add_own_names(cls, names: list[str], known: ValidationInfo) -> list[str]:
        bound = known.data.get("host", "127.0.0.1")
        own = LOCALHOST_NAMES if bound in EVERY_ADDRESS else (bound, *LOCALHOST_NAMES)
        return list(dict.fromkeys(name.lower() for name in (*names, *own)))

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: list[str]) -> list[str]:
        for one in proxies:
            try:
                ipaddress.ip_network(one, strict=False)
            except ValueError:
                raise ValueError("it must be addresses or networks, such as 10.0.0.7 or 10.1.0.0/16") from None
        return proxies

    @field_validator("path_roots")
    @classmethod
    def _check_folders(cls, folders: list[Path]) -> list[Path]:
        absolute = [folder.expanduser() for folder in folders]
        if not all(folder.is_absolute() for folder in absolute):
            raise ValueError("it must be folders by their whole paths, such as /srv/data")
        return absolute

    @field_validator("root_path", mode="before")
    @classmethod
    def _without_last_slash(cls, path: object) -> object:
        return path.rstrip("/") if isinstance(path, str) else path

    @field_validator("jobs", "allowed_hosts", "trusted_proxies", "path_roots", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("log_format", "log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value


#: Settings that are either on or off; a kind may be off unless one of them is on.
SWITCHES = frozenset(name for name, field in Settings.model_fields.items() if field.annotation is bool)


#: Settings that are secret, or may hold a password.
SECRETS = ("secret_key", "database_url", "redis_url", "smtp_url", "oidc_client_secret", "token")


def load_settings(**options: object) -> Settings:
    """Read the settings; `options` are values from the command line by setting name, None meaning "not given".

    Raises:
        SettingsError: a name is unknown or a value does not fit; the message is one line that names it.
    """
    chosen = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate(_read_variables() | chosen)
    except ValidationError as error:
        # One line: the first mistake is named, the next one shows when it is mended.
        raise SettingsError(_describe(error.errors(include_url=False)[0], chosen)) from None


def take_out_secrets() -> None:
    """Take what may hold a secret out of this process's environment, so that no job and nothing it starts finds it.

    Called once the settings are read. The process's first environment, which `/proc` shows, is written over.
    """
    for name in map(variable, SECRETS):
        if name in os.environ:
            _write_over(name)
            del os.environ[name]


def variable(name: str) -> str:
    """Return the environment variable of the setting `name`: `port` → `JOBDECK_PORT`."""
    return PREFIX + name.upper()


def prepare_data_dir(folder: Path) -> None:
    """Make the data folder, for its owner alone (mode 0700). Safe to repeat.

    Raises:
        SettingsError: it cannot be made or written to, or it is somebody else's folder that others may enter.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_mode & 0o077:
            # Never tighten a folder that is not ours: with `--data-dir /tmp`, as root, that would break the machine.
            if any(folder.iterdir()) and not any((folder / name).exists() for name in _OUR_FILES):
                raise SettingsError(
                    f"The data folder {folder} holds other files and is open to others.",
                    hint="Give Jobdeck a folder of its own with --data-dir or JOBDECK_DATA_DIR.",
                )
            folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"The data folder {folder} cannot be used: {error.strerror}.",
            hint="Give another one with --data-dir or JOBDECK_DATA_DIR.",
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"The data folder {folder} cannot be written to.")


def with_secret_key(settings: Settings) -> Settings:
    """Return `settings` with the secret key kept in the data folder, made now if there is none. A given key stays.

    Call it while holding the instance lock: two first starts at once would make two keys.

    Raises:
        SettingsError: it cannot be read or made, or a rotation was not finished (`processes.security`).
    """
    if (settings.data_dir / NEXT_KEY_FILE).exists():
        raise SettingsError(
            f"A change of the secret key in {settings.data_dir} was not finished.",
            hint="Finish it: python3 main.py secret rotate, with the same settings.",
        )
    if settings.secret_key is not None:
        return settings
    kept = settings.data_dir / KEY_FILE
    try:
        if not kept.exists():
            make_key(kept)
    except OSError as error:
        raise _unusable(kept, error.strerror or str(error)) from None
    return settings.model_copy(update={"secret_key": SecretStr(read_key(kept))})


def read_key(kept: Path) -> str:
    """Read a secret key.

    Raises:
        SettingsError: it cannot be read, or is cut off.
    """
    try:
        key = kept.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(kept, (error.strerror or "") if isinstance(error, OSError) else "it is no text") from None
    if len(key) < _SHORTEST_KEY:
        raise SettingsError(
            f"The secret key {kept} is empty or cut off.",
            hint="Put it back from a backup. Without one delete the file: a new key is made, and secrets of jobs that "
            "wait cannot be opened any more.",
        )
    return key


def make_key(kept: Path) -> None:
    """Make a secret key. Written aside, brought to the disk, renamed: a crash leaves no half or empty one."""
    fresh = kept.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(_SHORTEST_KEY))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(kept)
    sync_folder(kept.parent)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unusable(kept: Path, reason: str) -> SettingsError:
    return SettingsError(
        f"The secret key {kept} cannot be read or made: {reason}.",
        hint="Make room on the disk, or mend the file; or give another data folder with --data-dir.",
    )


def _read_variables() -> dict[str, object]:
    # By hand: pydantic-settings does not notice an unknown name in the environment, and every process would load it.
    known = {variable(name): name for name in Settings.model_fields}
    found: dict[str, object] = {}
    for source, variables in ((f" in {_DOTENV}", _read_dotenv()), ("", os.environ)):
        for name in sorted(variables):
            if not name.startswith(PREFIX):
                continue
            if name not in known:
                nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                hint = f"Did you mean {nearest[0]}?" if nearest else "docs/settings.md lists the names."
                raise SettingsError(f"{name}{source} is not a setting. {hint}")
            if variables[name]:
                found[known[name]] = variables[name]
    return found


def _read_dotenv() -> Mapping[str, str | None]:
    if not os.path.isfile(_DOTENV):  # a folder of this name holds somebody's Python
        return {}
    from dotenv import dotenv_values, parser  # half a megabyte in every process, and most have no such file

    try:
        text = Path(_DOTENV).read_text("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"{_DOTENV} is not a text in UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{_DOTENV} cannot be read: {error.strerror}.") from None
    for line in parser.parse_stream(StringIO(text)):
        if line.error:
            raise SettingsError(f"{_DOTENV}, line {line.original.line}: this is no line like NAME=value.")
    return dotenv_values(stream=StringIO(text))


def _describe(mistake: ErrorDetails, options: dict[str, object]) -> str:
    name = str(mistake["loc"][0])
    label = OPTIONS.get(name, variable(name)) if name in options else variable(name)
    reason = mistake["msg"].removeprefix("Value error, ").replace("Input should", "it must")
    reason = reason.replace("String should", "it must").replace("Value should", "it must").partition(", unable to")[0]
    # URLs may hold a password, the key is one: neither is repeated.
    shown = "" if name in SECRETS or mistake["input"] is None else f" {mistake['input']}"
    return f"{label}{shown}: {reason}."


def _write_over(name: str) -> None:
    import ctypes  # in none but the processes that were told a secret

    find = ctypes.CDLL(None).getenv
    find.argtypes, find.restype = [ctypes.c_char_p], ctypes.c_void_p
    if (place := find(name.encode())) is not None:
        ctypes.memset(place, ord("*"), len(os.fsencode(os.environ[name])))


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches what listens at an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _names_a_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:  # a port that is no number: most often a / or # in the password
        return False
    return (
        has_port and len(parts.path) > 1 and "/" not in parts.path[1:] and not parts.fragment and "@" not in parts.path
    )


def _write(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
