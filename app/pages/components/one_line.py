"""A job's params, result or error in one line of plain text, for lists."""

import json
from collections.abc import Mapping
from typing import Any

from app.db import JobSnapshot, State
from app.pages.components.durations import count

LONGEST = 240


def outcome_line(job: JobSnapshot) -> str:
    """Say the most telling thing about a job: its error, its result, its progress, else its params."""
    if job.error is not None and job.state in (State.FAILED, State.RETRYING):
        return shortened(job.error.message or job.error.type)
    if job.state is State.SUCCEEDED and job.result is not None:
        return shortened(value_text(job.result))
    if job.state is State.RUNNING and (progress := progress_line(job)):
        return shortened(progress)
    return params_line(job.params)


def params_line(params: Mapping[str, Any]) -> str:
    """Write params as `name=value, …`; what is empty is left out."""
    shown = (f"{name}={value_text(value)}" for name, value in params.items() if value not in (None, "", [], {}))
    return shortened(", ".join(shown))


def progress_line(job: JobSnapshot) -> str:
    """Say how far a job is: "Importing 17,641 of 18,204"."""
    progress = job.progress
    parts = [progress.message or ""]
    if progress.done is not None and progress.total is not None:
        parts.append(f"{count(progress.done)} of {count(progress.total)}")
    elif progress.done is not None:
        parts.append(count(progress.done))
    return " ".join(part for part in parts if part)


def value_text(value: Any) -> str:
    """Write a value as a person reads it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def shortened(text: str) -> str:
    """Put a text into one line of bearable length."""
    line = " ".join(text[: 4 * LONGEST].split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
