"""Text files: how they write tables, collections of GeoJSON, a fast look at all lines, a slow one for what is wrong."""

__all__ = ["dialect", "features", "json_lines", "lines"]
