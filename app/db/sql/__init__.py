"""The database as such: engines, sessions, statements for many rows, what makes SQLite and PostgreSQL alike. No table
is known here.
"""
