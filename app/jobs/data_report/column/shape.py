"""How text may look: the types a report tells apart, and what a value of each is written like."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache


class Type(StrEnum):
    """The types a report tells apart."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    LIST = "list"
    OBJECT = "object"
    MIXED = "mixed"
    EMPTY = "empty"


INFINITE = r"|[-+]?([iI]nf|INF|[iI]nfinity)"
_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the text of a type looks (the same pattern for Python and the engine), and how the engine reads it.

    The type is that of text where it may mean two things; `note` then says which. `read`: how it is read without the
    engine, where that is simple (`reading.py`).
    """

    type: Type
    pattern: str
    cast: str
    is_checked: bool = False  # the pattern alone does not prove that it can be read (2024-02-31)
    note: str = ""  # what is to be said of a column that is read so
    looks: str = ""  # what its values are called; else by the type
    needs: frozenset[str] = frozenset()  # what has to be there, in small letters
    needs_one: str = ""  # a pattern that has to be found in one of the values, in a line of its own
    sign: str = ""  # what stands in every value that looks so; a fast way to say that one does not
    read: Callable[[str], int | float | bool | None] | None = None
    needs_digit: bool = field(init=False)  # nothing without a digit looks so

    def __post_init__(self) -> None:
        """Look at the pattern once."""
        object.__setattr__(self, "needs_digit", "[0-9]" in self.pattern and INFINITE not in self.pattern)

    @property
    def counts_nanoseconds(self) -> bool:
        """Whether it is of times that are finer than microseconds."""
        return "_NS)" in self.cast

    @property
    def has_zone(self) -> bool:
        """Whether it is of times that name their zone."""
        return "TIMESTAMPTZ" in self.cast

    def fits(self, values: Sequence[str]) -> bool:
        """Return whether all of some values look so."""
        if values and (self.sign not in values[0] or (self.needs_digit and not _DIGIT.search(values[0]))):
            return False
        if not all(map(_matcher(self.pattern), values)):
            return False
        if self.needs_one and not _finder(self.needs_one)("\n".join(values)):
            return False
        return not self.needs or self.needs <= {value.strip().lower() for value in values}

    def matches(self, value: str) -> bool:
        """Return whether a value looks so."""
        return _matcher(self.pattern)(value) is not None

    def fitting(self, values: Sequence[str], *, least: float) -> int:
        """Return how many of some values look so; 0 where they are fewer than `least`."""
        misses_left = len(values) - least
        if misses_left < 0:
            return 0
        matches = _matcher(self.pattern)
        misses = 0
        for value in values:
            if not matches(value):
                misses += 1
                if misses > misses_left:
                    return 0
        return len(values) - misses


def most_fitting(looks: Sequence[Shape], values: Sequence[str], *, least: float) -> Shape | None:
    """Return the shape that most of some values have, the first of equal ones; None: none has `least` of them."""
    with_digit = [value for value in values if _DIGIT.search(value)]
    with_sign = {"": with_digit}
    lines = "\n".join(values)
    found, most = None, 0
    for shape in looks:
        if shape.needs_one and not _finder(shape.needs_one)(lines):
            continue
        if shape.sign not in with_sign:
            with_sign[shape.sign] = [value for value in with_digit if shape.sign in value]
        count = shape.fitting(with_sign[shape.sign] if shape.needs_digit else values, least=least)
        if count > most:
            found, most = shape, count
    return found if most >= least else None


@cache
def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(pattern).fullmatch


@cache
def _finder(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(pattern, re.MULTILINE).search
