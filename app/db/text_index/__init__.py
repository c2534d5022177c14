"""WHICH JOBS MAY HOLD A TEXT: an index of every three characters in a row of what is searchable about a job.

The index covers finished jobs alone, and is kept in the background (docs/decisions/0017-a-million.md). It only narrows
a search: the row of a job tells whether the job matches. Reads and writes of jobs are not here.
"""

__all__ = ["candidates", "keeping", "pieces"]
