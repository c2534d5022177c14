"""A job's params, result or error in one line of plain text, for lists."""

import unicodedata
from collections.abc import Mapping
from itertools import islice
from typing import Any

from app.db import JobSnapshot, State
from app.db.snapshots.parts import Progress
from app.pages.time.durations import count, plural
from app.queue.params.params import params_text, value_text

LONGEST = 240
MOST_PARTS = 12
MOST_ITEMS = 3


def outcome_line(job: JobSnapshot) -> str:
    """Say the most telling thing about a job: its error, its result, its progress, else its params."""
    if job.error is not None and job.state in (State.FAILED, State.RETRYING):
        return shortened(job.error.message or job.error.type)
    if job.state is State.SUCCEEDED and job.result is not None:
        return shortened(result_text(job.result))
    if job.state is State.RUNNING and (progress := progress_line(job)):
        return shortened(progress)
    return params_line(job.params)


def params_line(params: Mapping[str, Any]) -> str:
    """Write params as `name=value, …`, as they are searched."""
    return shortened(params_text(params))


def progress_line(job: JobSnapshot) -> str:
    """Say how far a job is: "Importing 17,641 of 18,204"."""
    progress = job.progress
    parts = [_isolated(progress.message or "")]
    if progress.done is not None and progress.total is not None:
        parts.append(_unless_said(progress, f"{count(progress.done)} of {count(progress.total)}"))
    elif progress.done is not None:
        parts.append(_unless_said(progress, count(progress.done)))
    return " ".join(part for part in parts if part)


def _isolated(message: str) -> str:
    """Keep figures after a message that is read from the right out of its direction (Unicode TR 9, FSI and PDI)."""
    is_from_right = any(unicodedata.bidirectional(character) in ("R", "AL") for character in message)
    return f"\u2068{message}\u2069" if is_from_right else message


def result_text(result: Any) -> str:
    """Write a result for one line: text as it is, fields as "rows: 12, columns: 3", a long list by its length."""
    if not isinstance(result, dict):
        return _part_text(result)
    return ", ".join(f"{name}: {_part_text(value)}" for name, value in islice(result.items(), MOST_PARTS))


def _unless_said(progress: Progress, counted: str) -> str:
    """Leave out how many are done where the author's message holds the number already; so do the cards of what runs."""
    words = (progress.message or "").replace("/", " ").split()
    numbers = {word.strip("#%()[].,:;").replace(",", "") for word in words}
    return "" if f"{progress.done:.15g}" in numbers else counted


def _part_text(value: Any) -> str:
    if value is None or value is True or value is False:
        return "none" if value is None else "yes" if value else "no"
    if isinstance(value, dict):
        return plural(len(value), "field") if value else "none"
    if isinstance(value, list):
        if len(value) <= MOST_ITEMS and not any(isinstance(item, dict | list) for item in value):
            return " ".join(map(_part_text, value)) or "none"
        return plural(len(value), "item")
    return _number(value) if isinstance(value, int | float) else value_text(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if not 1 <= abs(value) < 1e15:
        return f"{value:.4g}" if abs(value) < 1 else repr(value)
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def shortened(text: str, longest: int = LONGEST) -> str:
    """Put a text into one line of bearable length, in characters."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
