"""Texts that programs wrote for a terminal."""

import re

# Colours and cursor movements (CSI), titles and links (OSC), those of two letters: ECMA-48, section 5; also cut off.
_CODES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)"
    r"|\x1b[ -/]*[0-~]?",
    re.MULTILINE,
)


def without_codes(text: str) -> str:
    """Return a text without the codes that only a terminal understands."""
    return _CODES.sub("", text) if "\x1b" in text or "\x9b" in text else text
