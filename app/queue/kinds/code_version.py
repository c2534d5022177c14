"""Which version of a kind's code this is: a hash of the file that declares it."""

import hashlib
from pathlib import Path

_DIGITS = 12


def code_version(file: Path) -> str | None:
    """Return a hash of a file, or, where it is a package's `__init__.py`, of all Python files in its folder.

    None: there is no such file, as of what was typed into an interpreter.
    """
    digest = hashlib.sha256()
    try:
        if file.name != "__init__.py":
            digest.update(file.read_bytes())
            return digest.hexdigest()[:_DIGITS]
        for one in sorted(file.parent.rglob("*.py")):
            digest.update(f"{one.relative_to(file.parent)}\0".encode())
            digest.update(one.read_bytes())
    except OSError:
        return None
    return digest.hexdigest()[:_DIGITS]
