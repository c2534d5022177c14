"""The report as JSON: what programs read. `page.py` draws the same for people."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.jobs.data_report.assumed import read_as
from app.jobs.data_report.column.profile import Profile
from app.jobs.data_report.table.source import Source
from app.reports.words import PERCENTILE_RULE, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found out about one file."""

    source: Source
    rows: int
    columns: Sequence[Profile]
    empty_lines: int
    comments: int
    made_at: datetime

    @property
    def missing(self) -> int:
        """Missing values in all columns."""
        return sum(column.missing for column in self.columns)

    @property
    def sentence(self) -> str:
        """The result in one line: "344 rows, 8 columns, 19 missing values"."""
        return ", ".join(
            (
                counted(self.rows, "row"),
                counted(len(self.columns), "column"),
                counted(self.missing, "missing value"),
            )
        )

    def as_json(self) -> str:
        """Return the report as JSON text: numbers unrounded, every count exact."""
        head = json.dumps(
            {
                "file": self.source.name,
                "format": self.source.kind,
                "size_bytes": self.source.size_bytes,
                "made_at": self.made_at.isoformat().replace("+00:00", "Z"),
                "rows": self.rows,
                "missing": self.missing,
                "empty_lines": self.empty_lines,
                "comments": self.comments,
                "read_as": read_as(self.source),
                "is_exact": True,
                "percentile_rule": PERCENTILE_RULE,
            },
            ensure_ascii=False,
            indent=1,
        )
        # Each column in a line of its own: with an indent, nine thousand of them take many times as long.
        lines = (f"  {json.dumps(_column(one), ensure_ascii=False, allow_nan=False)}" for one in self.columns)
        return head.removesuffix("\n}") + ',\n "columns": [\n' + ",\n".join(lines) + "\n ]\n}\n"


def _column(column: Profile) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type.value,
        "missing": column.missing,
        "missing_marks": column.marks,
        "distinct": column.distinct,
        "infinite": column.infinite,
        "min": column.min,
        "max": column.max,
        "mean": column.mean,
        "std": column.std,
        "quantiles": column.quantiles,
        "top": [{"value": value, "count": count} for value, count in column.top],
        "histogram": [{"low": bar.low, "high": bar.high, "count": bar.count} for bar in column.histogram],
        "lengths": dict(zip(("min", "max", "mean"), column.lengths, strict=True)) if column.lengths else None,
        "note": column.note,
    }
