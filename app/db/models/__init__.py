"""The tables. A row of `job` is the truth about a job; everything else here explains it.

Partial indexes are in schema.py: no statement needs them here.

Times are stored as integer microseconds since the epoch (UTC) on every database: they sort and subtract alike
everywhere (docs/decisions/0004-times-as-integers.md). In Python they are aware `datetime`s.
"""

# All of them, so that whoever knows one table knows what the database has.
from app.db.models import history, installation, jobs, people, schedules

__all__ = ["history", "installation", "jobs", "people", "schedules"]
