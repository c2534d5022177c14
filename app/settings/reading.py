"""Where the settings come from: the command line, the environment, the file `.env`; and the words for what does not
fit.
"""

import difflib
import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.errors import SettingsError
from app.settings.settings import PREFIX, SECRETS, Settings, variable

#: The option of the command line that gives a setting, where there is one.
OPTIONS = {
    "data_dir": "--data-dir",
    "host": "--host",
    "port": "--port",
    "jobs": "--jobs",
    "worker_processes": "--processes",
    "worker_threads": "--threads",
}
_DOTENV = ".env"


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
            if value := variables[name]:
                _refuse_fraction(name, known[name], value)
                found[known[name]] = value
    return found


def _refuse_fraction(name: str, setting: str, value: str) -> None:
    """Refuse what Pydantic takes for a whole number and somebody may have meant as another: "10.000", "1_0".

    Raises:
        SettingsError: it is such a text.
    """
    if Settings.model_fields[setting].annotation is int and ("." in value or "_" in value):
        raise SettingsError(f"{name} {value}: it must be a whole number, in digits alone.")


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
