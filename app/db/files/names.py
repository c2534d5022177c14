"""Names that people, programs and jobs give to files, reduced to what is safe to show. No path is ever made of one."""

import itertools
import threading
import unicodedata
from pathlib import PurePosixPath

MAX_NAME_LENGTH = 200
NOTHING_LEFT = "file"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of controls, of what changes the direction of a text, of half surrogates and line breaks."""
_JOINERS = frozenset("\u200c\u200d")
"""They are of category Cf too, and harmless: emoji and the scripts of Persian and India are written with them."""


def kept_name(given: str) -> str:
    """Return the name under which a file that was `given` one is kept: without what a name cannot have.

    Slashes and backslashes become `_`, other spaces than the usual one become it, controls go. Of a long name its end
    is kept; "file" where nothing is left.
    """
    name = "".join(_kept(character) for character in given)[-MAX_NAME_LENGTH:].strip()
    has_something = any(character not in _JOINERS for character in name)
    return name if has_something and name not in (".", "..") else NOTHING_LEFT


def last_part(path: str) -> str:
    """Return the name of an upload: some programs send its whole path, with slashes or backslashes."""
    return kept_name(path.replace("\\", "/").rsplit("/", 1)[-1])


class OwnNames:
    """The names of the files of one attempt: two that were given different names never get the same. Thread-safe."""

    def __init__(self) -> None:
        """Begin with none."""
        self._given: dict[str, str] = {}
        self._lock = threading.Lock()

    def take(self, given: str) -> tuple[str, bool]:
        """Return the name to keep a file under, and whether this is the first file of that name."""
        wanted = PurePosixPath(kept_name(given))
        with self._lock:
            for number in itertools.count(1):
                name = wanted.name if number == 1 else f"{wanted.stem}-{number}{wanted.suffix}"
                is_new = name not in self._given
                if self._given.setdefault(name, given) == given:
                    return name, is_new
        raise AssertionError("numbers do not end")


def _kept(character: str) -> str:
    if character in "/\\":
        return "_"
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    return "" if category in _DROPPED and character not in _JOINERS else character
