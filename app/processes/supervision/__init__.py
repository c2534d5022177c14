"""Processes that start, watch and end other processes, and what ties them together."""

__all__ = ["child", "elsewhere", "instance", "lifeline", "reload", "supervisor", "valkey"]
