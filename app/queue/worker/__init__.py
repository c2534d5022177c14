"""A worker process: it takes messages, claims jobs, runs them, writes what became of them. Who starts a job imports
nothing of this.
"""

__all__ = ["broker", "heartbeat", "worker"]
