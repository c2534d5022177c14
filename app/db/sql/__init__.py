"""The database as such: engines, sessions, statements for many rows, what makes SQLite and PostgreSQL alike. No table
is known here.
"""

__all__ = ["bulk_rows", "column_types", "compiled", "engine", "sessions", "shape", "unavailability", "write_plan"]
