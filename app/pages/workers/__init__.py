"""The page of workers and queues: what each worker runs and needs, what waits, and the acts on both.

The dashboard's small tiles of workers are not here.
"""

__all__ = ["page"]
