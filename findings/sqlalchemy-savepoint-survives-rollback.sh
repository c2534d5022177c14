#!/usr/bin/env bash
# SQLAlchemy on SQLite: what was written in a savepoint stays, although the transaction around it is rolled back.
#
# Guess: connection.begin_nested() inside a transaction; then rollback() of the outer one undoes both.
# Instead: if the savepoint is the first thing in the transaction, sqlite3 has not sent BEGIN yet. The savepoint is the outermost transaction,
# its release commits, and the rollback finds nothing. With an INSERT before it all is undone, so most tests see it right. Reading does not help.
# Hurts: "insert or use the existing row" in a savepoint at the start of a unit of work that fails later: half of it is there.
# Source: sqlite3 sends BEGIN only before INSERT, UPDATE, DELETE and REPLACE; SQLAlchemy docs, pysqlite, "serializable isolation, savepoints".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlalchemy==2.1.9"
"$folder/venv/bin/python" - <<'PYTHON'
import sqlite3
import sys

import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

engine = create_engine("sqlite://")
job = Table("job", MetaData(), Column("id", Integer, primary_key=True))
job.create(engine)


def left(first):
    """Insert in a savepoint after `first`, roll all back, and say how many rows are there."""
    with engine.connect() as connection:
        connection.execute(first)
        with connection.begin_nested():
            connection.execute(insert(job))
        connection.rollback()
        return len(connection.execute(select(job)).all())


seen = {"after an INSERT": left(insert(job)), "after a SELECT": left(select(job))}
print("sqlalchemy", sqlalchemy.__version__, "sqlite", sqlite3.sqlite_version)
print("expected: {'after an INSERT': 0, 'after a SELECT': 0}")
print(f"seen:     {seen}")
sys.exit(seen != {"after an INSERT": 0, "after a SELECT": 1})
PYTHON
