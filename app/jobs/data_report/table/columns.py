"""What a loader hands on: the columns of the rows in the engine, and where they are.

The cost of a question grows with the columns of its table, and the engine holds a piece of each column in memory while
it fills a table. So a file of very many columns is parted into tables of some (`parted`).
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

TABLE = "stage.data"
# With 256 columns a question to 50 rows takes 3 ms, with 1,100 it takes 12 ms; with 9,000 one row group fills 300 MB.
WIDEST_TABLE, PART_COLUMNS = 256, 128


Tally: TypeAlias = Mapping[str | None, int]
"""The values of a column with how often they occur; None is a missing one."""


class Origin(Enum):
    """What is known of a column's values before they are looked at."""

    TEXT = auto()  # delimited text: any type may hide in it, empty is missing
    JSON = auto()  # JSON text of each value: its type is known one by one
    TYPED = auto()  # Parquet: the type is declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the loaded rows: `value` is SQL over `table`; `declared` is the engine's type of a typed column."""

    name: str
    value: str
    origin: Origin
    table: str = TABLE
    declared: str = ""
    decimal: str = "."  # "" where the head of the file does not tell
    is_grouped: bool = False  # thousands may be parted; where a comma parts values, only if a person says so
    dates: str = "auto"  # in which order days are written; "iso": only year, month, day
    is_literal: bool = False  # percentages, amounts, yes and no stay text
    missing: tuple[str, ...] = ()  # the words for "missing" that were chosen; none: those of the type


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rows of a file; `empty_lines` and `comments` were passed over. `remarks`: what loading found out of it.

    `tallies`: of each column, where they were counted while they were read; the engine then has no rows. They are taken
    out one by one, so that each is gone once its column is measured.
    """

    rows: int
    columns: Sequence[Column]
    tallies: deque[Tally] | None = None
    empty_lines: int = 0
    comments: int = 0
    remarks: tuple[str, ...] = ()


def parted(columns: int) -> Iterator[tuple[str, slice]]:
    """Yield the tables that `columns` columns stand in, and which of the columns stand in each; at least two."""
    if columns <= WIDEST_TABLE:
        yield TABLE, slice(0, columns)
        return
    parts = -(-columns // PART_COLUMNS)
    edges = [columns * part // parts for part in range(parts + 1)]
    for part in range(parts):
        yield f"{TABLE}{part}", slice(edges[part], edges[part + 1])
