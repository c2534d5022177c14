"""What people and programs make of jobs that ended: failures of one cause, dismissed or retried together.

failures.py     the groups, and the acts on them
"""

__all__ = ["failures"]
