#!/usr/bin/env bash
# SQLModel: model_dump() of a row that was just committed is {}.
#
# Guess: after session.commit() the object is what was saved: model_dump(), model_dump_json() and a FastAPI answer have its fields, as job.name has.
# Instead: commit() expires the attributes, and Pydantic reads __dict__, which does not load them again. The dump is empty until some attribute
# was read; then it is whole, since reading one loads all.
# Hurts: the log line or the event after a save is {}, and a debug print of one attribute before it makes it right.
# Source: expire_on_commit in SQLAlchemy's Session docs; Pydantic serialises from __dict__.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlmodel==0.0.50" "sqlalchemy==2.1.9" "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from sqlmodel import Field, Session, SQLModel, create_engine


class Job(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


engine = create_engine("sqlite://")
SQLModel.metadata.create_all(engine)
with Session(engine) as session:
    job = Job(name="report")
    session.add(job)
    session.commit()
    dumped = job.model_dump()
    name = job.name
    again = job.model_dump()
print("sqlmodel", version("sqlmodel"))
print("expected: {'id': 1, 'name': 'report'} twice")
print(f"seen:     {dumped}, and {again} after reading job.name")
sys.exit((dumped, name, again) != ({}, "report", {"id": 1, "name": "report"}))
PYTHON
