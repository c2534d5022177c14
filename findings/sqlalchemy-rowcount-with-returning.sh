#!/usr/bin/env bash
# SQLAlchemy on SQLite: an UPDATE ... RETURNING that changed rows says rowcount 0.
#
# Guess: result.rowcount is the number of rows matched, with RETURNING too, or -1 where the driver does not know.
# Instead: it is 0 before and after the rows are read, while the rows come and the change is made. Without RETURNING it is right.
# Hurts: claims by compare-and-set (`UPDATE ... WHERE state = 'queued' RETURNING id`, then `if result.rowcount == 1`): the job is claimed and
# nobody runs it.
# Source: Cursor.rowcount of sqlite3, which is set when a statement has run to its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlalchemy==2.1.9"
"$folder/venv/bin/python" - <<'PYTHON'
import sqlite3
import sys

import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, update

engine = create_engine("sqlite://")
job = Table("job", MetaData(), Column("id", Integer, primary_key=True), Column("state", String))
with engine.begin() as connection:
    job.create(connection)
    connection.execute(insert(job), [{"state": "queued"}] * 3)
    plain = connection.execute(update(job).values(state="a")).rowcount
    result = connection.execute(update(job).values(state="running").returning(job.c.id))
    before, rows, after = result.rowcount, len(result.all()), result.rowcount
print("sqlalchemy", sqlalchemy.__version__, "sqlite", sqlite3.sqlite_version)
print("expected: 3 everywhere")
print(f"seen:     without RETURNING {plain}; with it {before}, {rows} rows, then {after}")
sys.exit((plain, before, rows, after) != (3, 0, 3, 0))
PYTHON
