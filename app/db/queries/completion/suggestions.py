"""What is offered at the cursor of a query that is being typed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.db.queries.completion.vocabulary import Vocabulary
from app.db.queries.language import FIELDS
from app.db.states import State

MOST = 12
_FIELD = re.compile(r'(?P<head>(?P<name>[a-z][a-z_]*)(?P<path>(?:\.[^\s:"().]+)*):(?:[<>]=?)?)(?P<value>.*)', re.DOTALL)
_PATH = re.compile(r"params\.(?P<path>[^\s:\"()]*)")
_BARE = re.compile(r"[^\s()\"*,:<>-][^\s()\"*]*")
_FIXED: Mapping[str, tuple[str, ...]] = {
    "priority": ("high", "normal", "low"),
    "duration": (">10s", ">1m", ">10m", ">1h", "<1s"),
    "wait": (">10s", ">1m", ">10m", ">1h"),
    "attempt": (">1", ">2"),
    "after": ("today", "yesterday", "1h", "24h", "7d", "monday"),
    "before": ("today", "yesterday", "1h", "24h", "7d"),
    "schedule": ("*",),
    "error": ("*",),
}
"""What is offered of fields whose values no jobs need to have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Something that can stand at the cursor.

    Attributes:
        insert: what takes the place of what is typed.
        note: what it means.
        count: how many jobs have it; None: that is not counted.
        is_open: more has to follow, as a value after `state:`.
    """

    insert: str
    note: str = ""
    count: int | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What can stand in the place of the characters from `begin` to `end` (from 0, the last one not included).

    Attributes:
        is_sampled: whether the counts are those of the newest jobs alone.
    """

    begin: int
    end: int
    items: list[Suggestion]
    is_sampled: bool = False


def complete(text: str, at: int, vocabulary: Vocabulary) -> Completion:
    """Say what can stand at a cursor, the best first; nothing where a text of one's own is expected.

    Args:
        text: the query as far as it is typed; it need not be one.
        at: how many characters stand before the cursor.
        vocabulary: what jobs have.
    """
    begin, end = _piece(text, min(at, len(text)))
    typed = text[begin:at]
    if found := _FIELD.fullmatch(typed):
        items = _values(found, vocabulary)
        is_sampled = found["name"] not in ("kind", "state") and any(one.count is not None for one in items)
        return Completion(begin=begin + len(_kept(found)), end=end, items=items, is_sampled=is_sampled)
    if found := _PATH.fullmatch(typed):
        return Completion(begin=begin, end=end, items=_paths(found["path"], vocabulary), is_sampled=True)
    return Completion(begin=begin, end=end, items=_fields(typed, vocabulary))


def _piece(text: str, at: int) -> tuple[int, int]:
    """Find where the piece around the cursor begins and ends; a minus before it stays."""
    begin, is_quoted = 0, False
    for place, sign in enumerate(text[:at]):
        if sign == '"' and text[place - 1 : place] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted and (sign.isspace() or sign in "()"):
            begin = place + 1
    if text[begin : begin + 1] == "-" and begin < at:
        begin += 1
    end = at
    if is_quoted:
        closing = text.find('"', at)
        return begin, len(text) if closing < 0 else closing + 1
    while end < len(text) and not (text[end].isspace() or text[end] in "()"):
        end += 1
    return begin, end


def _kept(found: re.Match[str]) -> str:
    """Return what stays of a field with a value: its name, its operator, and states that are there already."""
    before, comma, _ = found["value"].rpartition(",")
    return found["head"] + (before + comma if found["name"] == "state" else "")


def _values(found: re.Match[str], vocabulary: Vocabulary) -> list[Suggestion]:
    name, typed = found["name"], found["value"].rpartition(",")[2] if found["name"] == "state" else found["value"]
    if name == "params":
        counted = vocabulary.paths.get(found["path"].removeprefix("."), {})
    else:
        counted = vocabulary.values.get(name, {})
    if name == "state":
        counted = {str(state): counted.get(state, 0) for state in State}
    items = [Suggestion(insert=_quoted(value), count=number) for value, number in _best(counted, typed.lstrip('"'))]
    has_operator = found["head"][-1] in "<>="
    fixed = (value.lstrip("<>") if has_operator else value for value in _FIXED.get(name, ()))
    items += [Suggestion(insert=value) for value in fixed if value.startswith(typed) and value not in counted]
    return [one for one in items if one.insert != found["value"]][:MOST]


def _paths(typed: str, vocabulary: Vocabulary) -> list[Suggestion]:
    counted = {path: sum(values.values()) for path, values in vocabulary.paths.items()}
    return [
        Suggestion(insert=f"params.{path}:", count=number, is_open=True)
        for path, number in _best(counted, typed)[:MOST]
    ]


def _fields(typed: str, vocabulary: Vocabulary) -> list[Suggestion]:
    """Offer fields whose name begins so, then what has this text: states, kinds and tags."""
    fields = [
        Suggestion(insert=f"{name}{'.' if field.has_path else ':'}", note=field.description, is_open=True)
        for name, field in FIELDS.items()
        if name.startswith(typed.casefold())
    ]
    if len(typed) < 2:
        return fields[:MOST]
    values = [
        Suggestion(insert=f"{name}:{_quoted(value)}", count=number)
        for name in ("state", "kind", "tag", "queue")
        for value, number in _best(vocabulary.values.get(name, {}), typed)[:4]
    ]
    return (fields + values)[:MOST]


def _best(counted: Mapping[str, int], typed: str) -> list[tuple[str, int]]:
    """Return the values that hold what is typed: those that begin so first, then the frequent ones."""
    wanted = typed.casefold()
    found: Iterable[tuple[str, int]] = (
        (value, number) for value, number in counted.items() if wanted in value.casefold()
    )
    return sorted(found, key=lambda one: (not one[0].casefold().startswith(wanted), -one[1], one[0]))[:MOST]


def _quoted(value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
