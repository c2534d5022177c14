"""What several pages say and do about jobs: states, acts, refusals, the table of jobs."""

__all__ = [
    "acts",
    "deletion",
    "force_stop",
    "job_table",
    "one_line",
    "pause_words",
    "reader",
    "refusals",
    "state_badge",
]
