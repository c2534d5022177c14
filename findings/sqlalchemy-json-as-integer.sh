#!/usr/bin/env bash
# SQLAlchemy on SQLite: as_integer() of a JSON value makes a number of anything, so a filter finds rows that hold something else.
#
# Guess: `data["n"].as_integer() == 0` finds rows in which n is the number 0, as the name says.
# Instead: it is a CAST: "abc", "" and [] count as 0, "12 apples" as 12, 1.9 as 1, true as 1, and 2**64 as 2**63 - 1. No error, no NULL.
# Hurts: a history that filters by a param or a result (`attempts = 0`, `rows = 12`) lists jobs whose value is text or a fraction.
# Source: "Consider an indexed value as integer" in SQLAlchemy's docs of JSON.Comparator; SQLite docs, CAST expressions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlalchemy==2.1.9"
"$folder/venv/bin/python" - <<'PYTHON'
import sqlite3
import sys

import sqlalchemy
from sqlalchemy import JSON, Column, Integer, MetaData, Table, create_engine, insert, select

values = [0, "abc", "", [], "12 apples", 1.9, True, 2**64]
engine = create_engine("sqlite://")
job = Table("job", MetaData(), Column("id", Integer, primary_key=True), Column("data", JSON))
with engine.begin() as connection:
    job.create(connection)
    connection.execute(insert(job), [{"data": {"n": value}} for value in values])
    read = select(job.c.data["n"].as_integer()).order_by(job.c.id)
    seen = connection.scalars(read).all()
print("sqlalchemy", sqlalchemy.__version__, "sqlite", sqlite3.sqlite_version)
print("expected: 0 for the first, NULL or an error for what is no whole number:", values)
print(f"seen:     {seen}")
sys.exit(seen != [0, 0, 0, 0, 12, 1, 1, 2**63 - 1])
PYTHON
