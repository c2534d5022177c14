"""Text files: how they write their tables, a fast look at all lines, and a slow one that finds what is wrong."""

__all__ = ["dialect", "json_lines", "lines"]
