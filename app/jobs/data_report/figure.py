"""Figures as people read them; the exact ones are in the JSON, and in the hint of each cell."""

import math
from html import escape

from app.jobs.data_report.column.distribution import Value
from app.reports.words import clipped


def figure(value: Value) -> str:
    """Return a value short and readable, not yet escaped: "3,300.5", "12.4", "2024-03-01 10:00"."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Years and small codes read better without a separator.
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return _number(value)
    return clipped(value.replace("T", " ") if _is_time(value) else value)


def _number(value: float) -> str:
    size = abs(value)
    if value == 0:
        return "0"
    if not math.isfinite(value) or size >= 1e15 or size < 1e-4:
        return f"{value:.3g}"
    if size >= 1_000:
        return f"{value:{',' if size >= 10_000 else ''}.1f}".removesuffix(".0")
    return f"{value:.4g}"


def _is_time(text: str) -> bool:
    return len(text) >= 16 and text[4:5] == "-" and text[10:11] == "T" and text[13:14] == ":"


def cell(value: Value, *, is_day: bool = False) -> str:
    """Return HTML: the readable figure, with the exact value as its hint; of a time between two days the day alone."""
    exact = "" if value is None else str(value)
    short = figure(value)
    if is_day and isinstance(value, str) and _is_time(value):
        short = value.partition("T")[0]
    hint = f' title="{escape(clipped(exact, longest=400))}"' if exact != short and value is not None else ""
    return f"<span{hint}>{escape(short)}</span>"
