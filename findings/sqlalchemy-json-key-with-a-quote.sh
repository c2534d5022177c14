#!/usr/bin/env bash
# SQLAlchemy on SQLite: a JSON key that has a double quote in it is never found.
#
# Guess: data["5\" disk"] looks up exactly that key; dots and spaces in keys are taken care of, so quotes are.
# Instead: the key is put between quotes as it is, the quote inside ends the path early, and the value is NULL. Other keys are found, an empty one too.
# Hurts: histories that filter by what users named (columns of an uploaded table, labels): some of them match no row, or look empty.
# Source: JSONIndexType._format_value in sqlalchemy/dialects/sqlite/json.py; SQLite docs, "path arguments".
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

keys = ["a.b", "a b", "", "0", "$", "it's", 'say "hi"']
engine = create_engine("sqlite://")
job = Table("job", MetaData(), Column("id", Integer, primary_key=True), Column("data", JSON))
with engine.begin() as connection:
    job.create(connection)
    connection.execute(insert(job), [{"data": dict.fromkeys(keys, 1)}])
    seen = {key: connection.scalar(select(job.c.data[key].as_integer())) for key in keys}
print("sqlalchemy", sqlalchemy.__version__, "sqlite", sqlite3.sqlite_version)
print("expected: 1 for each")
print(f"seen:     {seen}")
sys.exit(seen != {**dict.fromkeys(keys, 1), 'say "hi"': None})
PYTHON
