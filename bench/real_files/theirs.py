"""The other side: read the same file with pandas and pyarrow, and hold each figure of the report against theirs.

Runs in an environment of its own (`bench/requirements-data.txt`) and imports nothing of Jobdeck.
"""

import io
import json
import math
import sys
import warnings
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from reading import Unread, frames

RELATIVE = 1e-9
MOST_DIFFERENCES = 20
LONGEST_SHOWN = 2_000


def main() -> None:
    """Answer until the questions end."""
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = judged(Path(question["path"]), question["report"])
        except Unread as error:
            answer = {"verdict": "unread", "why": str(error)}
        except Exception as error:
            answer = {"verdict": "unread", "why": f"{type(error).__name__}: {error}"[:300]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def judged(path: Path, report: dict[str, Any] | None) -> dict[str, Any]:
    """Return "read" where there is no report, else "right", "assumed" (right, of another table than the plain one)
    or "wrong" with what differs.
    """
    plain, same = frames(path, report)
    if report is None:
        if plain is None or not len(plain):
            raise Unread("no rows either")
        return {"verdict": "read", "why": f"pandas: {len(plain):,} rows, {plain.shape[1]:,} columns"}
    differences = compare(report, same)
    if differences:
        return {"verdict": "wrong", "differences": differences[:MOST_DIFFERENCES]}
    if plain is None:
        return {"verdict": "assumed", "why": f"pandas alone does not read it; read as {_assumed(report)}"}
    if plain.shape != same.shape:
        return {"verdict": "assumed", "why": f"pandas alone: {plain.shape}, read as {_assumed(report)}: {same.shape}"}
    return {"verdict": "right"}


def _assumed(report: dict[str, Any]) -> str:
    keys = ("encoding", "skip_lines", "header", "delimiter", "comment", "table")
    return json.dumps({key: value for key, value in (report["read_as"] or {}).items() if key in keys})


def compare(report: dict[str, Any], frame: pd.DataFrame) -> list[str]:
    """Return what differs, in words."""
    found = []
    if report["rows"] != len(frame):
        found.append(f"rows {report['rows']}, pandas {len(frame)}")
    if len(report["columns"]) != frame.shape[1]:
        found.append(f"columns {len(report['columns'])}, pandas {frame.shape[1]}")
    if found:
        return found
    for place, column in enumerate(report["columns"]):
        found += [f"{column['name']}: {words}" for words in _column(column, frame.iloc[:, place])]
    return found


def _column(column: dict[str, Any], series: "pd.Series[Any]") -> list[str]:
    """Compare one column. Text of a delimited file comes as text, with an empty cell as None."""
    if any(isinstance(value, dict) and value.keys() >= {"metadata", "value"} for value in series[:1]):
        return []  # a Variant, of which pyarrow shows the parts
    marks = set(column["missing_marks"])
    present = series[[not _is_missing(value) and not (isinstance(value, str) and value in marks) for value in series]]
    found = _differ("missing", column["missing"], len(series) - len(present))
    is_text = all(isinstance(value, str) for value in present)
    if column["type"] in {"integer", "number"}:
        return found + _numbers(column, _as_numbers(present, column["note"]) if is_text else present)
    if not len(present):
        return found
    if column["type"] == "boolean":
        found += _often(column, [str(value).strip().lower() for value in present])
    if column["type"] == "text" and is_text:
        found += _often(column, list(present)) + _texts(column, list(present))
    if column["type"] in {"date", "timestamp"} and not is_text:
        found += _moments(column, list(present))
    return found


def _often(column: dict[str, Any], values: list[str]) -> list[str]:
    counts = Counter(values)
    found = _differ("distinct", column["distinct"], len(counts))
    return found + _differ("most often", [one["count"] for one in column["top"]], sorted(counts.values())[:-11:-1])


def _texts(column: dict[str, Any], values: list[str]) -> list[str]:
    lengths = [len(value) for value in values]
    found = _differ("shortest", column["lengths"]["min"], min(lengths))
    found += _differ("longest", column["lengths"]["max"], max(lengths))
    found += _near("mean length", column["lengths"]["mean"], sum(lengths) / len(lengths), max(lengths))
    if max(lengths) < LONGEST_SHOWN:
        found += _differ("min", column["min"], min(values)) + _differ("max", column["max"], max(values))
    return found


def _moments(column: dict[str, Any], values: list[Any]) -> list[str]:
    """Compare dates and times that came as such, not as text."""
    if column["type"] == "date":
        values = [value.date() if isinstance(value, datetime) and value.time() == time() else value for value in values]
    written = [_written(value) for value in values]
    if None in written:
        return []
    found = _often(column, [str(text) for text in written])
    return found + _differ("min", column["min"], min(written)) + _differ("max", column["max"], max(written))


def _written(value: Any) -> str | None:
    """Return a date or a time as the report writes it; None where it is another thing."""
    if isinstance(value, datetime):
        zone = "Z" if value.tzinfo is not None else ""
        text = (value.astimezone(UTC) if zone else value).replace(tzinfo=None).isoformat()
        return (text.rstrip("0").rstrip(".") if "." in text else text) + zone
    return value.isoformat() if isinstance(value, date) else None


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _as_numbers(present: "pd.Series[Any]", note: str) -> "pd.Series[Any]":
    text = present.astype(str).str.strip()
    for sign in ("%", "$", "€", "£", "¥"):
        text = text.str.replace(sign, "", regex=False)
    text = text.str.strip()
    if "comma is read as a separator" in note:
        text = text.str.replace(",", "", regex=False)
    elif "point is read as a separator" in note:
        text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    elif "decimal sign" in note:
        text = text.str.replace(",", ".", regex=False)
    return pd.to_numeric(text)


def _numbers(column: dict[str, Any], values: "pd.Series[Any]") -> list[str]:
    numbers = np.array([float(value) for value in values], dtype="float64")
    if column["type"] == "integer":
        distinct = len({int(value) for value in values})
    else:
        distinct = len(set(values)) if values.dtype == object else pd.Series(numbers).nunique()
    finite = numbers[np.isfinite(numbers)]
    found = _differ("infinite", column["infinite"], len(numbers) - len(finite))
    found += _differ("distinct", column["distinct"], distinct)
    if not len(finite):
        return found
    scale = float(np.max(np.abs(finite)))
    found += _near("mean", column["mean"], math.fsum(finite / len(finite)), scale)
    found += _near("min", column["min"], finite.min(), scale)
    found += _near("max", column["max"], finite.max(), scale)
    if len(finite) > 1 and column["std"] is not None:
        found += _near("std", column["std"], float(np.std(finite, ddof=1)), scale, relative=1e-7)
    for probability, value in column["quantiles"].items():
        found += _near(f"quantile {probability}", value, float(np.quantile(finite, float(probability))), scale)
    if column["histogram"] and column["type"] == "number":
        edges = [column["histogram"][0]["low"], *(bar["high"] for bar in column["histogram"])]
        if edges == sorted(set(edges)):
            counts = np.histogram(finite, bins=edges)[0].tolist()
            found += _differ("histogram", [bar["count"] for bar in column["histogram"]], counts)
    return found


def _differ(what: str, ours: object, theirs: object) -> list[str]:
    return [] if ours == theirs else [f"{what} {str(ours)[:60]}, pandas {str(theirs)[:60]}"]


def _near(what: str, ours: Any, theirs: float, scale: float, relative: float = RELATIVE) -> list[str]:
    number = float(ours) if ours is not None else math.nan
    if not math.isfinite(theirs) or math.isclose(number, theirs, rel_tol=relative, abs_tol=relative * scale):
        return []
    return [f"{what} {ours}, pandas {theirs}"]


if __name__ == "__main__":
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
    main()
