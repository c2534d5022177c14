"""Texts that programs wrote for a terminal."""

import re

# Colours and cursor movements (CSI), titles and links (OSC), those of two letters: ECMA-48, section 5; also cut off.
_CODES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)"
    r"|\x1b[ -/]*[0-~]?",
    re.MULTILINE,
)


def last_state(text: str) -> str:
    """Return a text as a terminal shows it at last: a bar that is drawn over and over again (`\\r`) as one line."""
    if "\r" not in text:
        return text
    return "\n".join(_last_part(line) for line in text.split("\n"))


def _last_part(line: str) -> str:
    return next((part for part in reversed(line.split("\r")) if part), "")


def without_codes(text: str) -> str:
    """Return a text without the codes that only a terminal understands."""
    return _CODES.sub("", text) if "\x1b" in text or "\x9b" in text else text
