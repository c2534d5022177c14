"""From a file of one format to rows in the engine: a module for each format, each with one `load`."""

__all__ = ["delimited", "json_objects", "parquet"]
