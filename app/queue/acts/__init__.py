"""Every change that somebody asks for: start, cancel, retry, delete, pause, resume, bulk acts, schedules, and
what is asked of workers. No worker is loaded here.
"""

__all__ = ["bulk", "control", "idempotency", "queues", "refusals", "starting", "unique_key", "waiting", "workers"]
