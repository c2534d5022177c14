"""How often each value of a column stands in the table: its values are then few, and all else is found out from them.

A question to the engine costs milliseconds, however few rows there are: 9,074 columns of one row took it 40 s. Of many
rows each question costs their number: one that counts takes the place of five that look at each.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.jobs.data_report.table.columns import Column, Loaded, Origin, Tally
from app.jobs.data_report.table.staging import Staging

MOST_ROWS, MOST_CELLS = 10_000, 100_000
# What is counted here of many rows: so many different values, and characters of all of them.
MOST_VALUES, MOST_LETTERS = 50_000, 4_000_000
# Of more columns nothing is guessed; one question would hold a part of each in memory.
MOST_COMPARED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """About how many different values a column has, and how long the longest is; 0 where it is no text."""

    distinct: int
    longest: int

    @property
    def is_few(self) -> bool:
        """Whether they can be counted here."""
        return self.distinct <= MOST_VALUES and self.distinct * self.longest <= MOST_LETTERS


def guesses(stage: Staging, loaded: Loaded) -> Sequence[Guess]:
    """Look once at all rows, where they are many; return nothing where they are few, or the columns are many."""
    if loaded.tallies is not None or loaded.rows <= MOST_ROWS or not 0 < len(loaded.columns) <= MOST_COMPARED:
        return []
    asked = ", ".join(
        f"approx_count_distinct({column.value}), {f'max(length({column.value}))' if _is_text(column) else 0}"
        for column in loaded.columns
    )
    found = stage.ask(f"SELECT {asked} FROM {loaded.columns[0].table}", end=1.0)[0]
    return [
        Guess(distinct=int(distinct), longest=int(longest or 0))
        for distinct, longest in zip(found[::2], found[1::2], strict=True)
    ]


def tallies(stage: Staging, loaded: Loaded, guessed: Sequence[Guess]) -> Iterator[Tally | None]:
    """Yield the values of each column with how often they occur; None where the engine is to count.

    Raises:
        JobCancelled: the job is to stop.
    """
    columns = loaded.columns
    if loaded.tallies is not None:
        while loaded.tallies:
            yield loaded.tallies.popleft()
    elif stage.is_small and 0 < loaded.rows <= MOST_ROWS and all(map(_is_text, columns)):
        yield from _of_few_rows(stage, columns, at_once=max(MOST_CELLS // loaded.rows, 1))
    elif guessed:
        for column, guess in zip(columns, guessed, strict=True):
            yield _of_many_rows(stage, column) if _is_text(column) and guess.is_few else None
    else:
        yield from [None] * len(columns)


def _is_text(column: Column) -> bool:
    return column.origin is not Origin.TYPED


def _of_few_rows(stage: Staging, columns: Sequence[Column], *, at_once: int) -> Iterator[Tally]:
    for table, some in groupby(columns, key=lambda column: column.table):
        of_table = [column.value for column in some]
        for first in range(0, len(of_table), at_once):
            rows = stage.ask(f"SELECT {', '.join(of_table[first : first + at_once])} FROM {table}")
            for values in zip(*rows, strict=True):
                yield Counter(values)


def _of_many_rows(stage: Staging, column: Column) -> Tally:
    query = f"SELECT {column.value} AS x, count(*) FROM {column.table} GROUP BY x"
    return dict(stage.ask(query, end=0.7))
