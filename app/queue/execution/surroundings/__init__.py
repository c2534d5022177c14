"""What is around a job's function in its process, as it was before: what each sort of it is made of, and how that is
put back. When that happens is decided by `app.queue.execution.process_settings`.
"""

__all__ = [
    "imports",
    "logging_setup",
    "patches",
    "process_wide",
    "registries",
    "streams",
    "thread_settings",
]
