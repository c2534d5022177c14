"""What people and programs make of jobs that ended: failures of one cause, notes on a job, two jobs compared.

compare.py      what differs between two jobs
failures.py     the groups, and the acts on them
notes.py        notes on a job, and that its failure is handled
"""

__all__ = ["compare", "failures", "notes"]
