"""A job's params, and what came out of it, in one line of plain text, for lists.

A number that a person passed or a job returned stands as it was given: a year has no comma, and money keeps its cents.
Only what Jobdeck counts is grouped.
"""

import unicodedata
from collections.abc import Mapping
from itertools import islice
from typing import Any

from app.db import JobSnapshot, State
from app.db.snapshots.parts import Failure, Progress
from app.pages.time.durations import count, plural
from app.queue.params.params import params_text, value_text

LONGEST = 240
MOST_PARTS = 12
MOST_ITEMS = 3
WRITTEN_FOR_PEOPLE = "JobError"
"""NOTE: the class of app.queue that a job raises to say why it stops."""


def outcome_line(job: JobSnapshot) -> str:
    """Say what came out of a job: its error, its result, or how far it is while it runs; "" where nothing did yet."""
    if job.error is not None and job.state in (State.FAILED, State.RETRYING):
        return shortened(failure_text(job.error))
    if job.state is State.SUCCEEDED and job.result is not None:
        return shortened(result_text(job.result))
    if job.state is State.RUNNING:
        return shortened(progress_line(job))
    return ""


def failure_text(failure: Failure) -> str:
    """Name the exception and its message, "KeyError: 'customer_id'"; of a sentence for people, only the sentence."""
    if failure.type == WRITTEN_FOR_PEOPLE and failure.message:
        return failure.message
    return failure.type if failure.message in ("", failure.type) else f"{failure.type}: {failure.message}"


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


def value_line(value: Any) -> str:
    """Write a value out of params or a result for a cell of its own: "3 fields", "yes", text and numbers as given."""
    return result_text(value) if isinstance(value, dict) else _part_text(value)


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
    return value_text(value)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Put a text into one line of bearable length, in characters."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
