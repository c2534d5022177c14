"""Every change that somebody asks for: start, cancel, retry, delete, pause, resume, bulk acts, schedules,
failures, notices, and what is asked of workers. No worker is loaded here.
"""

__all__ = [
    "bulk",
    "control",
    "idempotency",
    "notices",
    "queues",
    "starting",
    "unique_key",
    "waiting",
    "workers",
]
