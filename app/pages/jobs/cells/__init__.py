"""The columns of a table of jobs: what stands above each, and what its cell says of a job. The rows are not here."""

__all__ = ["cells", "live_duration"]
