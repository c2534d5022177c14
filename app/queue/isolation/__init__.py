"""Processes of their own for jobs: the pool and its warm children in the worker, the child at the other
end of the pipe.
"""

__all__ = ["child", "pool", "warm_child"]
