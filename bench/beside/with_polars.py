"""The same figures with polars. Arguments: the file, and what parts its values where it is delimited text."""

import math
import sys
from typing import Any

import polars as pl
from measuring import measured

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
MOST_BARS = 30


def work() -> tuple[int, int]:
    """Read the file and measure each column."""
    frame = read(*sys.argv[1:])
    for column in frame.get_columns():
        figures(column)
    return frame.shape


def read(path: str, delimiter: str) -> pl.DataFrame:
    """Read the file as polars does; the types by all rows, where the first hundred mislead it."""
    if path.endswith(".parquet"):
        return pl.read_parquet(path)
    if path.endswith((".ndjson", ".jsonl")):
        return pl.read_ndjson(path, infer_schema_length=None)
    if path.endswith(".json"):
        return pl.read_json(path, infer_schema_length=None)
    options: dict[str, Any] = {"separator": delimiter, "try_parse_dates": True, "encoding": "utf8-lossy"}
    try:
        return pl.read_csv(path, **options)
    except pl.exceptions.ComputeError:
        return pl.read_csv(path, infer_schema_length=None, **options)


def figures(column: pl.Series) -> dict[str, Any]:
    """Return what a report says of a column."""
    present = column.drop_nulls()
    if present.dtype.is_nested():
        present = pl.Series([str(value) for value in present])
    counts = present.value_counts(sort=True)
    found: dict[str, Any] = {"missing": column.null_count(), "distinct": len(counts), "top": counts.head(10)}
    if not len(present) or present.dtype == pl.Boolean:
        return found
    if present.dtype.is_numeric() or present.dtype.is_temporal():
        numbers = present.to_physical() if present.dtype.is_temporal() else present
        found |= {"min": present.min(), "max": present.max(), "mean": numbers.mean(), "std": numbers.std()}
        found["quantiles"] = [numbers.quantile(share, interpolation="linear") for share in QUANTILES]
        found["histogram"] = numbers.hist(bin_count=min(MOST_BARS, max(5, math.ceil(math.sqrt(len(numbers))))))
        return found
    text = present.cast(pl.String)
    lengths = text.str.len_chars()
    return found | {"min": text.min(), "max": text.max(), "lengths": (lengths.min(), lengths.max(), lengths.mean())}


if __name__ == "__main__":
    measured(work)
