"""A query's text in pieces, each with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.db.queries.language.fields import FIELDS
from app.db.queries.language.mistakes import QueryMistake

MAX_TERMS = 20
"""Each word is a scan of every job's text: 20 take 0.4 s of CPU to count 2,000 jobs with 4 KB of text each, all of
which match (measured with SQLite 3.40); 500 took 5 s.
"""
MAX_CHARACTERS = 1000
_JOINING = frozenset({"AND", "OR", "NOT"})
_FIELD = re.compile(
    r'(?P<name>[A-Za-z][A-Za-z_]*)(?P<path>(?:\.(?:[^\s:"().]+|"(?:[^"\\]|\\.)*"))*):(?!//)(?P<operator>[<>]=?)?',
    re.DOTALL,
)
_KEY = re.compile(r'\.(?:(?P<bare>[^\s:"().]+)|"(?P<quoted>(?:[^"\\]|\\.)*)")', re.DOTALL)
_OPEN_KEY = re.compile(r'params(?:\.[^\s:"().]+)*\."[^"]*$', re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_BARE = re.compile(r"[^\s()]+")
_PHRASE = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a query.

    Attributes:
        at: the place of its first character, from 1.
        text: a sign, a word that joins, a word to search for, or the value that is asked of a field.
        is_sign: whether it is a parenthesis, the minus before something, AND, OR or NOT.
        is_quoted: whether the text stood in quotes, so that it is never a pattern.
        field: the name before the colon; None: there is none.
        path: the keys between name and colon.
        operator: `>`, `>=`, `<`, `<=`, or nothing.
        value_at: the place of the value's first character.
    """

    at: int
    text: str
    is_sign: bool = False
    is_quoted: bool = False
    field: str | None = None
    path: tuple[str, ...] = ()
    operator: str = ""
    value_at: int = 0

    def is_one_of(self, *signs: str) -> bool:
        """Say whether it is one of these signs, rather than something to search for."""
        return self.is_sign and self.text in signs


def tokens_of(text: str) -> list[Token]:
    """Take a query apart.

    Raises:
        QueryMistake: it is too long, a quotation has no end, or a field has no value.
    """
    if len(text) > MAX_CHARACTERS:
        raise QueryMistake(
            f"Search for at most {MAX_CHARACTERS:,} characters; these are {len(text):,}.",
            expected="Fewer words find the same jobs.",
        )
    # What no database takes: half a surrogate pair is kept as a question mark, there and here.
    return list(_tokens(text.replace("\0", " ").encode("utf-8", "replace").decode()))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in "()" or _is_minus(text, at):
            yield Token(at=at + 1, text=text[at], is_sign=True)
            at += 1
        elif (field := _FIELD.match(text, at)) and _is_meant(field, text):
            value, is_quoted, end = _value(text, field.end())
            yield Token(
                at=at + 1,
                text=value,
                is_quoted=is_quoted,
                field=field["name"].lower(),
                path=tuple(one["bare"] or _unescaped(one["quoted"]) for one in _KEY.finditer(field["path"])),
                operator=field["operator"] or "",
                value_at=field.end() + 1,
            )
            at = end
        else:
            word, is_quoted, end = _value(text, at)
            is_sign = word in _JOINING and not is_quoted
            yield Token(at=at + 1, text=word, is_sign=is_sign, is_quoted=is_quoted)
            at = end


def _is_meant(field: re.Match[str], text: str) -> bool:
    """Say whether a name before a colon is meant as a field: `State:failed` is, `KeyError:x` and `Error: x` are not."""
    name = field["name"]
    return name.islower() or (name.lower() in FIELDS and text[field.end() : field.end() + 1].strip() != "")


def _is_minus(text: str, at: int) -> bool:
    """Say whether a minus stands before something that it can take back; a lonely one is a word."""
    return text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()


def _value(text: str, at: int) -> tuple[str, bool, int]:
    """Read a phrase or a bare word: its text, whether it was quoted, and where it ends.

    Raises:
        QueryMistake: there is none, or its quotation has no end.
    """
    if text[at : at + 1] == '"':
        phrase = _PHRASE.match(text, at)
        if phrase is None:
            raise QueryMistake("This quotation has no end.", expected='A closing " is expected.', position=at + 1)
        return _unescaped(phrase["text"]), True, phrase.end()
    if _OPEN_KEY.match(text, at):
        raise QueryMistake(
            "This quotation has no end.", expected='A closing " is expected.', position=text.index('"', at) + 1
        )
    bare = _BARE.match(text, at)
    if bare is None:
        raise QueryMistake(
            "The value is missing.",
            expected='A value is expected right after the colon: kind:import_*, error:"no such file".',
            position=at + 1,
        )
    return bare.group(), False, bare.end()


def _unescaped(text: str) -> str:
    """Return what a text in quotes says: a backslash is one, but before a quote or another backslash."""
    return _ESCAPED.sub(r"\1", text)
