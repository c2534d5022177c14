"""What people and programs make of jobs: the word of a second person, failures of one cause, notes, two jobs compared,
all that are tied to one.

approval.py     the word of a second person on a job that waits for it
compare.py      what differs between two jobs
flow.py         all jobs that are tied to one
failures.py     the groups, and the acts on them
notes.py        notes on a job, and that its failure is handled
"""

__all__ = ["approval", "compare", "failures", "flow", "notes"]
