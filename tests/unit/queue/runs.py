"""Attempts of jobs that were never stored, for tests of what looks at attempts."""

from typing import Any

from app.queue.context.run import Run


def run_of(job_id: int = 1, **changes: Any) -> Run:
    """Make a run of a job; `changes`: what of it matters to the test."""
    fields: dict[str, Any] = {
        "job_id": job_id,
        "kind_name": "count",
        "token": 1,
        "attempt": 1,
        "max_attempts": 1,
        "params": {},
        "stored_params": {},
        "timeout": None,
        "grace": 0.0,
        **changes,
    }
    return Run(**fields)
