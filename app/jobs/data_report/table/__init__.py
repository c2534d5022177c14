"""From a file to a table in the engine: where the file is, what it holds, how its rows get in. What the columns are
like is found out beside this folder.
"""

__all__ = ["columns", "errors", "loading", "meter", "options", "recognition", "sample", "source", "staging"]
