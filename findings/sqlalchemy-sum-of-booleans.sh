#!/usr/bin/env bash
# SQLAlchemy: the sum over a Boolean column is True, not a number.
#
# Guess: `select(func.sum(Job.failed))` counts the failed ones, as SUM does in SQLite.
# Instead: func.sum takes over its argument's type, so the number is turned into a bool: 3 of 4 is True, none is False. In a sum of Python's
# that adds 1; in JSON it is `true`. func.sum(cast(...)) or func.count().filter() give the number.
# Hurts: counters of a dashboard that show "True", or 1 where there were three failures, since bool is an int.
# Source: class sum in sqlalchemy/sql/functions.py is a ReturnTypeFromArgs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlalchemy==2.1.9"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import sqlalchemy
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, create_engine, func, insert, select

engine = create_engine("sqlite://")
job = Table("job", MetaData(), Column("id", Integer, primary_key=True), Column("failed", Boolean))
with engine.begin() as connection:
    job.create(connection)
    connection.execute(insert(job), [{"failed": failed} for failed in (True, True, True, False)])
    seen = connection.scalar(select(func.sum(job.c.failed)))
print("sqlalchemy", sqlalchemy.__version__)
print("expected: 3")
print(f"seen:     {seen!r}")
sys.exit(seen is not True)
PYTHON
