"""One file for each contestant: what its worker runs and how its client starts jobs.

Each has `connect()` and `start(indexes)`: start a no-op job for each index, one call a job, as its manual says.
"""
