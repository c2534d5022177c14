"""A Python traceback as frames, with the author's own frames apart from those of libraries. Pure text, no drawing."""

import re
from dataclasses import dataclass
from itertools import groupby

_FRAME = re.compile(r'  File "(?P<path>[^"\n]*)", line (?P<line>\d+)(?:, in (?P<function>[^\n]*))?')
_LIBRARY = re.compile(r"[/\\](site-packages|dist-packages|lib[/\\]python3[.\d]*)[/\\]|^<frozen ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Some frames in a row, all own or all of libraries; or the text between frames."""

    text: str
    count: int
    """Number of frames; 0 for text between them (the head, the exception's message)."""
    is_own: bool


def split(traceback: str) -> list[Frames]:
    """Cut a traceback into runs of own frames, of library frames, and of text between."""
    pieces: list[Frames] = []
    for line in traceback.rstrip("\n").split("\n"):
        found = _FRAME.match(line)
        if found is not None:
            is_own = _LIBRARY.search(found["path"]) is None
            pieces.append(Frames(text=line, count=1, is_own=is_own))
        elif pieces and pieces[-1].count and line.startswith("    "):
            last = pieces.pop()
            pieces.append(Frames(text=f"{last.text}\n{line}", count=1, is_own=last.is_own))
        else:
            pieces.append(Frames(text=line, count=0, is_own=True))
    return [_joined(list(group)) for _, group in groupby(pieces, key=lambda piece: (piece.count > 0, piece.is_own))]


def _joined(pieces: list[Frames]) -> Frames:
    text = "\n".join(piece.text for piece in pieces)
    return Frames(text=text, count=sum(piece.count for piece in pieces), is_own=pieces[0].is_own)
