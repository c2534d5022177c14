"""What a query says about the text of the jobs that match it, and about their indexed columns.

Whatever matches has these; not all that has them matches.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from app.db.queries.cursors import MAX_ID
from app.db.queries.language.comparisons import Asking
from app.db.queries.language.tree import All, AnyOf, Node, Not, Operator, Term, Word
from app.db.queries.language.values import Moment, Pattern, read_number
from app.db.states import State
from app.db.text_index.pieces import Piece, Pieces, each_of, one_of

_LEAST = 2
"""The fewest characters that any index can be asked for."""
_WRITTEN_OTHERWISE = re.compile(r'["\\\x00-\x1f\x7f\ud800-\udfff]+')
"""What JSON writes in another way within a text."""
_NO_WORD = re.compile(r"\W+")
_LEAST_EXACT, _MOST_EXACT = 1e-3, 1e15
"""Between these a number is written digit by digit, without an exponent."""
_BEFORE = (": ", ", ", "[")
"""What stands before a number, true or false within an object or a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a query wants of columns, beside all else; None: nothing."""

    id: int | None = None
    states: frozenset[State] | None = None
    kind: str | None = None
    queue: str | None = None
    parent_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def bounds_of(node: Node, asked: Asking) -> Bounds:
    """Return what every job that matches has in its columns."""
    found: dict[str, object] = {}
    for term in node.nodes if isinstance(node, All) else (node,):
        if not isinstance(term, Term):
            continue
        match term.field, term.value:
            case (("after" | "before"), Moment() as moment):
                found["since" if term.field == "after" else "until"] = moment.resolve(asked.now, asked.zone)
            case (("kind" | "queue"), Pattern(is_pattern=False) as wanted):
                found[term.field] = wanted.text
            case (("id" | "parent"), int() as number) if term.operator is Operator.EQUALS:
                found["id" if term.field == "id" else "parent_id"] = number
            case "state", states:
                found["states"] = states
    return Bounds(**found)  # type: ignore[arg-type]  # each by the type of its field, just above


def pieces_of(node: Node) -> Pieces | None:
    """Return what occurs in the text of every job that matches; None: nothing has to."""
    match node:
        case Word():
            return _piece(node.text)
        case Term():
            return _of_term(node)
        case Not():
            return None
        case All():
            return each_of([pieces_of(each) for each in node.nodes])
        case AnyOf():
            return one_of([pieces_of(each) for each in node.nodes])


def ids_of(node: Node) -> set[int]:
    """Return the jobs that may match by their number, whatever their text says."""
    if isinstance(node, Word):
        digits = node.text.removeprefix("#")
        return {int(digits)} if digits.isascii() and digits.isdigit() and int(digits) <= MAX_ID else set()
    if isinstance(node, All | AnyOf):
        return set().union(*(ids_of(each) for each in node.nodes))
    return set()


def _of_term(term: Term) -> Pieces | None:
    """Return what a field's value says about the text (`app.queue.acts.starting` and `app.db.lifecycle.finish` write
    it): kind, title, params as people read them, tags, and the outcome on a line of its own.
    """
    if not isinstance(term.value, Pattern) or term.operator is not Operator.EQUALS:
        return None
    parts = term.value.text.split("*") if term.value.is_pattern else [term.value.text]
    match term.field:
        case "params":
            return _of_params(term.path, term.value)
        case "error":  # the colon between type and message is not in the text
            return each_of([_piece(part) for text in parts for part in text.split(":")])
        case "kind" | "title" | "tag":
            return each_of([_piece(part.replace("\n", " ")) for part in parts])
        case "result":  # as JSON in its column, as people read it in the text
            return each_of([_piece(word) for text in parts for word in _NO_WORD.split(text)])
    return None


def _of_params(path: tuple[str, ...], wanted: Pattern) -> Pieces | None:
    """Return how a value of the params is written: a text at the top as it is, all else as JSON."""
    if wanted.text.casefold() in ("", "null"):
        return None  # what is empty at the top is not in the text
    texts = wanted.text.split("*") if wanted.is_pattern else [wanted.text]
    plain = [part for text in texts for part in _WRITTEN_OTHERWISE.split(text)]
    if wanted.is_pattern or len(plain) > 1 or "{" in wanted.text or "[" in wanted.text:
        # A pattern may also fit how the database writes a list or an object: by its words alone.
        return each_of([_piece(word) for part in plain for word in _NO_WORD.split(part)])
    at_top = [_piece(f"{path[0]}={wanted.text}")] if len(path) == 1 else []
    as_text = _piece(f'"{wanted.text}"')
    number = read_number(wanted.text)
    if number is not None:
        return one_of([*at_top, as_text, _of_number(path, number)])
    if wanted.text.casefold() in ("true", "false"):
        return one_of([*at_top, as_text, *(_piece(f"{before}{wanted.text}") for before in _BEFORE)])
    return one_of([*at_top, as_text])


def _of_number(path: tuple[str, ...], number: float) -> Pieces | None:
    """Return what stands before a number and what after it. None: it may be written in any way."""
    if not _LEAST_EXACT <= abs(number) < _MOST_EXACT:
        return None
    digits = str(int(number)) if number.is_integer() else repr(number)
    before, after = [*_BEFORE], [",", "}", "]", *("." if number.is_integer() else "")]
    if len(path) == 1:  # else it cannot be at the top, with the tags behind it
        before.append(f"{path[0]}=")
        after.append(" ")
    return each_of([
        one_of([_piece(f"{sign}{digits}") for sign in before]),
        one_of([_piece(f"{digits}{sign}") for sign in after]),
    ])  # fmt: skip


def _piece(text: str) -> Piece | None:
    folded = text.casefold().encode("utf-8", "replace").decode()  # as `KeptText` keeps it
    return Piece(folded) if len(folded) >= _LEAST else None
