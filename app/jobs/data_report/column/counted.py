"""What type the values of a column have that were counted. The same rules as in `value_type.py`; the engine is asked
only how it reads what `reading.py` does not.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from app.jobs.data_report.column.days import TIMES
from app.jobs.data_report.column.numbers import NUMBERS
from app.jobs.data_report.column.reading import plain_numbers
from app.jobs.data_report.column.shape import Shape, Type, most_fitting
from app.jobs.data_report.column.shapes import TRUTH, shapes
from app.jobs.data_report.column.value_type import (
    AXES,
    LEAST_FITTING,
    LONGEST_INTEGER,
    MARKS,
    MICROSECONDS,
    NANOSECONDS,
    NANOSECONDS_AXIS,
    SAMPLED_VALUES,
    TOO_LONG,
    ValueType,
    text_because_of,
)
from app.jobs.data_report.table.columns import Column, Origin, Tally
from app.jobs.data_report.table.staging import Staging

_JSON_NUMBERS = "-0123456789NI"  # the engine lets NaN and Infinity pass
_JSON_KINDS = {'"': Type.TEXT, "t": Type.BOOLEAN, "f": Type.BOOLEAN, "[": Type.LIST, "{": Type.OBJECT} | dict.fromkeys(
    _JSON_NUMBERS, Type.NUMBER
)


def find_counted_type(stage: Staging, column: Column, tally: Tally) -> ValueType:
    """Return the narrowest type that every value has; its `tally` holds them, or the places of dates and times."""
    if column.origin is Origin.JSON:
        return _of_json(stage, tally)
    if not column.missing:
        return _of_text(stage, tally, shapes(column), MARKS)
    left = {text: count for text, count in tally.items() if text not in column.missing}
    return replace(_of_text(stage, left, shapes(column), ()), marks=_marked(tally, column.missing))


def _marked(tally: Tally, marks: Sequence[str]) -> dict[str, int]:
    """Return how often each of some words stands in the column."""
    return {word: tally[word] for word in sorted(marks) if word in tally}


def _of_text(stage: Staging, tally: Tally, looks: Sequence[Shape], marks: Sequence[str]) -> ValueType:
    as_it_is = ValueType(type=Type.TEXT, value="", tally=tally)
    if not any(text is not None for text in tally):
        return replace(as_it_is, type=Type.EMPTY)
    ignored = tally.keys() & {None, *marks}
    words = [text for text in cast("Mapping[str, int]", tally) if not ignored or text not in ignored]
    if not words:
        return as_it_is
    sample = words[:SAMPLED_VALUES]
    for shape in looks:
        if shape.fits(sample) and (found := _read_as(stage, tally, words, shape)) is not None:
            return found if found.type is Type.TEXT else replace(found, marks=_marked(tally, marks))
    return replace(as_it_is, note=_why_text(stage, tally, words, looks))


def _read_as(stage: Staging, tally: Tally, words: Sequence[str], shape: Shape) -> ValueType | None:
    """Return the type with all words read; None: one cannot be read so."""
    numbers = plain_numbers(words) if shape is NUMBERS[1] else None
    if numbers is None and not shape.fits(words):
        return None
    found = ValueType(
        type=shape.type,
        value="",
        note=shape.note,
        tally=tally,
        has_zone=shape.has_zone,
        ticks_per_second=NANOSECONDS if shape.counts_nanoseconds else MICROSECONDS,
    )
    if shape.type is Type.TEXT:
        return found
    if shape.type is Type.INTEGER and max(len(word.strip()) for word in words) > LONGEST_INTEGER:
        return replace(found, type=Type.TEXT, note=TOO_LONG)
    values = _values(stage, words, shape) if numbers is None else numbers
    if None in values:
        return None
    times = list(map(tally.__getitem__, words))
    counts = dict(zip(values, times, strict=True))
    if len(counts) < len(words):  # 1 and 1.0 are one number
        counts = dict.fromkeys(counts, 0)
        for value, count in zip(values, times, strict=True):
            counts[value] += count
    return replace(found, tally=counts)


def _values(stage: Staging, words: Sequence[str], shape: Shape) -> Sequence[Any]:
    """Return what each word is read as, of dates and times their place on the axis; None where one cannot be read."""
    if shape.read is not None:
        with suppress(ValueError):
            return list(map(shape.read, words))
    value = shape.cast.format(text="x", integer="HUGEINT")
    axis = "v"
    if shape.type in {Type.DATE, Type.TIMESTAMP}:
        axis = NANOSECONDS_AXIS if shape.counts_nanoseconds else AXES[shape.type]
    query = f"SELECT x, {axis} FROM (SELECT x, {value} AS v FROM (SELECT unnest(?) AS x))"
    by_word: dict[str, Any] = dict(stage.ask(query, [list(words)], end=0.5))
    return [by_word[word] for word in words]


def _why_text(stage: Staging, tally: Tally, words: Sequence[str], looks: Sequence[Shape]) -> str:
    """Name the values that keep a column from another type, where it nearly has one; else return nothing."""
    sample = words[:SAMPLED_VALUES]
    nearest = most_fitting(looks, sample, least=LEAST_FITTING * len(sample))
    if nearest is None or nearest.type is Type.TEXT:
        return ""
    odd = sorted(((word, tally[word]) for word in _odd(stage, words, nearest)), key=lambda pair: (-pair[1], pair[0]))
    return text_because_of(odd, nearest)


def _odd(stage: Staging, words: Sequence[str], shape: Shape) -> Iterator[str]:
    """Yield the words that do not look so, or cannot be read."""
    looking_so = []
    for word in words:
        if shape.matches(word):
            looking_so.append(word)
        else:
            yield word
    if shape.is_checked and looking_so:
        values = _values(stage, looking_so, shape)
        yield from (word for word, value in zip(looking_so, values, strict=True) if value is None)


def _of_json(stage: Staging, tally: Tally) -> ValueType:
    kinds = {_JSON_KINDS[text[0]] for text in tally if text}
    if not kinds:
        return ValueType(type=Type.EMPTY, value="", tally=tally)
    if kinds == {Type.NUMBER}:
        return _of_text(stage, tally, NUMBERS, MARKS)
    if kinds == {Type.BOOLEAN}:
        return _of_text(stage, tally, (TRUTH,), ())
    plain: Counter[str | None] = Counter()
    for text, count in tally.items():
        plain[json.loads(text) if text and text.startswith('"') else text] += count
    if kinds == {Type.TEXT}:
        return _of_text(stage, plain, TIMES, ())
    only = kinds.pop()
    return ValueType(type=Type.MIXED if kinds else only, value="", tally=plain)
