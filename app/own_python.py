"""The Python that has Jobdeck's packages: that of `.venv`. This file is read by any Python, with no package at all."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

_NEEDED = "dramatiq"
"""A package that is there where the others are."""


def take(main_file: Path) -> None:
    """Go on in the Python of `.venv` beside `main_file` where this one lacks Jobdeck's packages.

    So `python main.py …` works without an activated environment. Does not return then.

    Raises:
        SystemExit: no Python here has them.
    """
    if importlib.util.find_spec(_NEEDED) is not None:
        return
    environment = main_file.parent / ".venv"
    own = environment / "bin" / "python"
    if own.exists() and Path(sys.prefix).resolve() != environment.resolve():
        sys.stdout.flush()
        os.execv(own, [str(own), *sys.argv])  # nosec B606  # this very program again
    sys.exit(
        f"Jobdeck's packages are not installed for this Python ({sys.executable}). "
        f"Run `make setup` once in {main_file.parent}."
    )
