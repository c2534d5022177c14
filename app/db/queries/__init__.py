"""The reads: jobs, counts, figures, activity. Nothing here changes anything."""

__all__ = [
    "activity",
    "changes",
    "counts",
    "dashboard",
    "details",
    "filter_fields",
    "filters",
    "jobs",
    "schedules",
    "workers",
]
