"""What a person does in a terminal: start a job and follow it, and begin a new job file.

`start.py` is the whole act; `arguments.py` reads `name=value`, `place.py` finds or starts what runs the job,
`follow.py` watches it, `screen.py` draws it. `jobs.py` finds jobs, `schedule.py` works on schedules, `new_job.py`
writes a job file with its test, `accounts.py` says who may come in, `remote/` does it on another machine. No decision
about jobs is made here: that is `app.queue`.
"""

__all__ = [
    "account_arguments",
    "accounts",
    "jobs",
    "new_job",
    "place",
    "schedule",
    "schedule_arguments",
    "screen",
    "start",
]
