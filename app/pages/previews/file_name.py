"""A file's name where it may be longer than its place: the end, with what says its type, is always seen."""

import unicodedata
from pathlib import PurePosixPath

SHORT = 24
"""A name of no more characters is not parted."""
END = 8
"""So many characters before the ending belong to the end."""
LONGEST_ENDING = 12
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def parts_of(name: str) -> tuple[str, ...]:
    """Part a name into a beginning, which may be cut on screen, and an end; a short one stays whole."""
    if len(name) <= SHORT:
        return (name,)
    ending = len("".join(PurePosixPath(name).suffixes[-2:]))
    at = len(name) - END - (ending if ending <= LONGEST_ENDING else 0)
    while at > 0 and _is_inside_a_sign(name, at):
        at -= 1
    return (name[:at], name[at:]) if at else (name,)


def _is_inside_a_sign(text: str, at: int) -> bool:
    """Say whether what people see as one sign would be cut there: a letter and its accent, a joined emoji."""
    after = text[at]
    is_attached = unicodedata.category(after).startswith("M") or after == _JOINER or ord(after) in _SKIN_TONES
    return is_attached or text[at - 1] == _JOINER
