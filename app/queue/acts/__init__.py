"""Every change that somebody asks for: start, cancel, retry, delete, pause, resume, bulk acts, schedules. No worker is
known here.
"""

__all__ = ["bulk", "control", "idempotency", "queues", "starting", "unique_key"]
