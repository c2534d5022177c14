"""A job in the database, for tests of the store."""

from app.db import jobs
from app.db.jobs import Message, NewJob


def stored(**changes: object) -> Message:
    """Store a queued job and return its message."""
    fields = {
        "kind": "count",
        "title": "Count",
        "queue": "default",
        "params": {},
        "tags": [],
        "search_text": "count",
        "max_attempts": 2,
        "created_by": "test",
        **changes,
    }
    _, message = jobs.insert(NewJob(**fields))  # type: ignore[arg-type]  # a test's shorthand
    assert message is not None
    return message
