"""The settings themselves: their types and bounds, their defaults, and what does not fit."""

import ipaddress
import os
import re
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from app.outward import mail
from app.settings.addresses import EVERY_ADDRESS, LOCALHOST_NAMES, is_loopback, names_a_database, names_a_number

PREFIX = "JOBDECK_"
SHORTEST_KEY = 32
"""How many characters a secret key has at least."""
_POSTGRESQL = "postgresql+psycopg://"


def variable(name: str) -> str:
    """Return the environment variable of the setting `name`: `port` → `JOBDECK_PORT`."""
    return PREFIX + name.upper()


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
    public_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = Field(default=None, validate_default=True)
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str | None = None
    allow_private_urls: bool = False
    notice_private_addresses: bool = False
    smtp_url: str | None = None
    allow_commands: bool = False
    agent_kinds: list[str] = []
    max_upload_mb: int = Field(default=1024, ge=1)
    max_connections: int = Field(default=10_000, ge=10, le=1_000_000)
    max_event_streams: int = Field(default=1000, ge=1, le=1_000_000)
    max_hub_clients: int = Field(default=5000, ge=1, le=1_000_000)
    sign_in_tries: int = Field(default=5, ge=1, le=1000)
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

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        if url is not None and re.fullmatch(r"https?://[^\s/?#@]+(/[A-Za-z0-9._~-]+)*", url) is None:
            raise ValueError("it must be an address as https://jobs.example.com/deck")
        return url

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
        if not names_a_database(url):
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
        if url is not None and not names_a_number(url):
            raise ValueError("after the machine, it may name a database by its number only, as redis://machine:6379/2")
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
        if key is not None and len(key) < SHORTEST_KEY:
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

    @field_validator("root_path", "public_url", mode="before")
    @classmethod
    def _without_last_slash(cls, path: object) -> object:
        return path.rstrip("/") if isinstance(path, str) else path

    @field_validator("jobs", "agent_kinds", "allowed_hosts", "trusted_proxies", "path_roots", mode="before")
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


def _write(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
