"""Processes that start, watch and end other processes, and what ties them together."""
