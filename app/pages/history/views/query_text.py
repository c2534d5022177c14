"""What narrows a list, written as one query: a saved view has no other filter."""

import re
from datetime import UTC, datetime

from app.db import JobFilter

_BARE = re.compile(r"[\w./#-]+")


def query_of(which: JobFilter) -> str | None:
    """Write a filter in the query language; None: it narrows by what no query can say.

    Args:
        which: a filter whose text can be read.
    """
    if which.finished_since is not None or which.finished_until is not None or which.max_id is not None:
        return None
    terms = [
        *([f"state:{','.join(sorted(which.states))}"] if which.states else []),
        *(f"{name}:{_quoted(value)}" for name, value in (("kind", which.kind), ("queue", which.queue)) if value),
        *([f"parent:{which.parent_id}"] if which.parent_id is not None else []),
        *(f"{name}:{_written(at)}" for name, at in (("after", which.since), ("before", which.until)) if at),
    ]
    text = which.text
    if terms and "OR" in text.split():
        text = f"({text})"
    return " ".join([*terms, text] if text else terms)


def _quoted(value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
