"""Processes that start, watch and end other processes, and what ties them together."""

__all__ = ["child", "instance", "lifeline", "reload", "supervisor", "valkey"]
