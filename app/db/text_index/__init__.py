"""WHICH JOBS MAY HOLD A TEXT: an index of every three characters in a row of what is searchable about a job.

It is made and kept in the background, of the history alone (docs/decisions/0017-a-million.md), and it only narrows:
whether a job matches is told by its row. Reads and writes of jobs are not here.
"""

__all__ = ["candidates", "keeping", "pieces"]
