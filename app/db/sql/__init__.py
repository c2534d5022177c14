"""The way to the database: engines, sessions, statements for many rows, what makes SQLite and PostgreSQL alike. No
module here knows a table.
"""

__all__ = ["bulk_rows", "column_types", "compiled", "engine", "sessions", "shape", "unavailability", "write_plan"]
