#!/usr/bin/env bash
# SQLAlchemy on SQLite: one NaN in a JSON column makes each later filter on that column fail, for all rows.
#
# Guess: NaN is refused when it is written, being no JSON; or else only that row is odd.
# Instead: it is written as the word NaN, and reading the row gives it back. A WHERE on any key of the column, also one that asks for other rows,
# is "malformed JSON" from then on, since SQLite's json functions are stricter than json.dumps.
# Hurts: one job that returns a mean of nothing, and the search by a value of the result is an error page until somebody finds the row.
# Source: json.dumps(allow_nan=True) is the default serializer of create_engine; SQLite docs, JSON functions, "malformed".
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

engine = create_engine("sqlite://")
job = Table("job", MetaData(), Column("id", Integer, primary_key=True), Column("result", JSON))
by_rows = select(job.c.id).where(job.c.result["rows"].as_integer() == 7)
with engine.begin() as connection:
    job.create(connection)
    connection.execute(insert(job), [{"result": {"rows": 7}}, {"result": {"mean": 1.5}}])
    before = connection.scalars(by_rows).all()
    connection.execute(insert(job), [{"result": {"mean": float("nan")}}])
    try:
        after = connection.scalars(by_rows).all()
    except sqlalchemy.exc.OperationalError as error:
        after = str(error.orig)
print("sqlalchemy", sqlalchemy.__version__, "sqlite", sqlite3.sqlite_version)
print("expected: [1], and [1] again (or an error at the INSERT)")
print(f"seen:     {before}, then {after!r}")
sys.exit((before, after) != ([1], "malformed JSON"))
PYTHON
