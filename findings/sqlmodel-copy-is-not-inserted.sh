#!/usr/bin/env bash
# SQLModel: a copy of a row by model_copy() is added and committed without an error, and nothing is inserted.
#
# Guess: `row.model_copy(update={"id": None, "name": "again"})`, then session.add() and commit(), makes a second row, as with any Pydantic model.
# Instead: the copy carries the original's SQLAlchemy state, so the session takes it for the row it has. No INSERT, no error; the copy's id stays
# None.
# Hurts: "run again with changes" and "duplicate this schedule": the page says done and there is no new row.
# Source: model_copy copies __dict__, in which SQLAlchemy keeps _sa_instance_state.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlmodel==0.0.50" "sqlalchemy==2.1.9" "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from sqlmodel import Field, Session, SQLModel, create_engine, select


class Job(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str


engine = create_engine("sqlite://")
SQLModel.metadata.create_all(engine)
with Session(engine) as session:
    job = Job(name="once")
    session.add(job)
    session.commit()
    session.refresh(job)
    copy = job.model_copy(update={"id": None, "name": "again"})
    session.add(copy)
    session.commit()
    copied_id = copy.id
with Session(engine) as session:
    seen = session.exec(select(Job.name)).all()
print("sqlmodel", version("sqlmodel"))
print("expected: ['once', 'again']")
print(f"seen:     {seen}, id of the copy {copied_id}")
sys.exit((seen, copied_id) != (["once"], None))
PYTHON
