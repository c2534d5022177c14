"""Why the database did not do what was asked, in a sentence for people."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.db.sql.unavailability import sentence


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("FATAL:  the database system is starting up", "The database server is starting or stopping."),
        ("FATAL:  the database system is shutting down", "The database server is starting or stopping."),
        ("FATAL:  sorry, too many clients already", "The database is busy: all of its connections are taken."),
        ("FATAL:  too many connections for role", "The database is busy: all of its connections are taken."),
        (
            "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "The database is busy: all of its connections are taken.",
        ),
        (
            'FATAL:  password authentication failed for user "jobdeck"',
            "The database does not let Jobdeck in: user name or password are wrong.",
        ),
        ("connection timeout expired", "The database server does not answer."),
        (
            "failed to resolve host 'db.example': Name or service not known",
            "The name of the database server is not known to this machine.",
        ),
        ("SCHWERWIEGEND:  unbekannt", "The database cannot be reached just now."),
    ],
)
def test_a_connection_that_does_not_come_about_is_told_by_the_words(told: str, said: str) -> None:
    error = OperationalError(
        "", {}, psycopg.OperationalError(f"connection failed: connection to server failed: {told}")
    )
    assert sentence(error) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("database or disk is full", "The disk under the database is full."),
        ("disk I/O error", "The database file cannot be read or written; perhaps its disk is full."),
        ("attempt to write a readonly database", "The database cannot be written: its file or folder is read-only."),
    ],
)
def test_what_sqlite_cannot_do_with_its_file_is_told(told: str, said: str) -> None:
    assert sentence(OperationalError("", {}, sqlite3.OperationalError(told))) == said
