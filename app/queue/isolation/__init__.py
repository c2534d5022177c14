"""Jobs in processes of their own: the pool and its warm children in the worker, and the child at the other end of the
pipe.
"""

__all__ = ["child", "pool", "warm_child"]
