"""The report for programs. Times are RFC 3339 in UTC, durations seconds, unrounded."""

from dataclasses import asdict
from typing import Any

from app.db import FINISHED
from app.db.queries.activity import Activity
from app.db.snapshots.snapshot import rfc3339
from app.reports.words import PERCENTILE_RULE


def as_report(found: Activity, *, days: int) -> dict[str, Any]:
    """Return the report as JSON holds it."""
    return {
        "made_at": rfc3339(found.until),
        "since": rfc3339(found.since),
        "days": days,
        "percentile_rule": PERCENTILE_RULE,
        "jobs": found.jobs,
        "states": found.states,
        "kinds": [
            {
                "kind": kind.kind,
                "title": kind.title,
                "jobs": kind.jobs,
                "states": kind.states,
                "wait_seconds": asdict(kind.wait) if kind.wait else None,
                "run_seconds": asdict(kind.run) if kind.run else None,
            }
            for kind in found.kinds
        ],
        "slowest": [asdict(slow) for slow in found.slowest],
        "failures": [
            {
                "signature": group.signature,
                "count": group.count,
                "kinds": group.kinds,
                "message": group.message,
                "first_at": rfc3339(group.first_at),
                "last_at": rfc3339(group.last_at),
                "last_job_id": group.last_job_id,
            }
            for group in found.failures
        ],
        "other_failures": found.other_failures,
        "per_day": [
            {
                "date": day.isoformat(),
                "jobs": sum(states.values()),
                **{state: states.get(state, 0) for state in sorted(FINISHED)},
            }
            for day, states in found.per_day
        ],
    }
