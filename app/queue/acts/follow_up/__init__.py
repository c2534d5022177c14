"""What people make of jobs that ended: failures of one cause retried together, dismissed."""

__all__ = ["failures"]
