"""The same figures with pandas. Arguments: the file, and what parts its values where it is delimited text."""

import json
import math
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
from measuring import measured

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
MOST_BARS = 30


def work() -> tuple[int, int]:
    """Read the file and measure each column."""
    frame = read(*sys.argv[1:])
    for name in range(frame.shape[1]):
        figures(frame.iloc[:, name])
    return frame.shape


def read(path: str, delimiter: str) -> pd.DataFrame:
    """Read the file as pandas does."""
    if path.endswith(".parquet"):
        return pd.read_parquet(path)
    if path.endswith((".ndjson", ".jsonl")):
        return pd.read_json(path, lines=True)
    if path.endswith(".json"):
        return pd.read_json(path)
    return pd.read_csv(path, sep=delimiter, low_memory=False)


def figures(column: "pd.Series[Any]") -> dict[str, Any]:
    """Return what a report says of a column."""
    present = column.dropna()
    if present.dtype == object and any(isinstance(value, list | dict | np.ndarray) for value in present.head(100)):
        present = present.map(lambda value: json.dumps(value, default=str))
    counts = present.value_counts()
    found: dict[str, Any] = {"missing": len(column) - len(present), "distinct": len(counts), "top": counts.head(10)}
    if not len(present):
        return found
    if pd.api.types.is_bool_dtype(present):
        return found
    if pd.api.types.is_numeric_dtype(present) or pd.api.types.is_datetime64_any_dtype(present):
        found |= {"min": present.min(), "max": present.max(), "mean": present.mean(), "std": present.std()}
        found["quantiles"] = present.quantile(QUANTILES)
        numbers = present.astype("int64") if not pd.api.types.is_numeric_dtype(present) else present
        finite = numbers[np.isfinite(numbers)]
        if len(finite):
            found["histogram"] = np.histogram(finite, bins=min(MOST_BARS, max(5, math.ceil(math.sqrt(len(finite))))))
        return found
    text = present.astype(str)
    lengths = text.str.len()
    return found | {"min": text.min(), "max": text.max(), "lengths": (lengths.min(), lengths.max(), lengths.mean())}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    measured(work)
