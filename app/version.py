"""Which Jobdeck this is: its version, and the commit of a clone that runs from its folder."""

import subprocess
import tomllib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 3


@cache
def version() -> str:
    """Return the version that `pyproject.toml` names."""
    return str(tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


@cache
def commit() -> str | None:
    """Return the first characters of the present commit; None: no clone, or no git. Starts a process, once."""
    try:
        asked = subprocess.run(  # nosec B607  # whichever git the person uses
            ["git", "-C", str(_ROOT), "rev-parse", "--short", "HEAD"],
            capture_output=True,
            check=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip() or None
