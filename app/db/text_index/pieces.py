"""What must occur in the text of a job for a query to match it: what an index can be asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

SEARCH_TEXT_CHARACTERS = 20_000
"""What is searchable of a job is cut here; a longer one may have what is looked for behind the cut."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A case-folded text that occurs as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class EachOf:
    """All of these."""

    nodes: tuple["Pieces", ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """At least one of these."""

    nodes: tuple["Pieces", ...]


Pieces = Piece | EachOf | OneOf


def each_of(nodes: Sequence[Pieces | None]) -> Pieces | None:
    """Join what must all occur; None says nothing about the text. None: nothing is said at all."""
    told = tuple(node for node in nodes if node is not None)
    return None if not told else told[0] if len(told) == 1 else EachOf(told)


def one_of(nodes: Sequence[Pieces | None]) -> Pieces | None:
    """Join that of which one must occur. None: one of them says nothing about the text, so nothing must."""
    told = tuple(node for node in nodes if node is not None)
    if len(told) < len(nodes) or not told:
        return None
    return told[0] if len(told) == 1 else OneOf(told)


def kept(pieces: Pieces | None, is_kept: Callable[[str], bool]) -> Pieces | None:
    """Forget the pieces that an index cannot be asked for. None: nothing is left."""
    match pieces:
        case None:
            return None
        case Piece():
            return pieces if is_kept(pieces.text) else None
        case EachOf():
            return each_of([kept(node, is_kept) for node in pieces.nodes])
        case OneOf():
            return one_of([kept(node, is_kept) for node in pieces.nodes])


def texts_of(pieces: Pieces) -> list[str]:
    """Return every text in it."""
    if isinstance(pieces, Piece):
        return [pieces.text]
    return [text for node in pieces.nodes for text in texts_of(node)]
