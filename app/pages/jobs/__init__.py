"""What several pages say and do about jobs: the words and looks of states, acts and their refusals, the table of jobs.

What only one page shows is with that page. Whether an act is allowed is decided by `app.queue`, not here.
"""

__all__ = [
    "acts",
    "job_table",
    "one_line",
    "pause_words",
    "questions",
    "reader",
    "refusals",
    "row_keys",
    "run_bars",
    "state_badge",
]
