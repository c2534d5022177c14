#!/usr/bin/env bash
# SQLAlchemy on SQLite: the average of a timedelta column is 1970, and "took longer than six hours" finds nothing.
#
# Guess: a timedelta column can be averaged and compared with the difference of two times, as on PostgreSQL, or the statement is refused.
# Instead: an interval is stored as a date, the epoch plus the interval. avg() of five minutes and two hours is 1970.0, the year. The difference of two
# times is that of their years, so `ended - began > timedelta(hours=6)` is false for a job of two days, and `began + took < 01:00` is true for all.
# Hurts: statistics of jobs in tests and small installations on SQLite: alarms for long jobs never ring, the query that deletes overdue ones takes all.
# Source: Interval in sqlalchemy/sql/sqltypes.py is a DateTime where a database has no interval; arithmetic is left to SQLite, which reads the leading number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "sqlalchemy==2.1.9"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Job(Base):
    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    began: Mapped[datetime]
    ended: Mapped[datetime]
    took: Mapped[timedelta]


engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
began = datetime(2027, 1, 1)
with Session(engine) as session:
    for took in (timedelta(minutes=5), timedelta(days=2)):
        session.add(Job(began=began, ended=began + took, took=took))
    session.commit()
    average = session.scalar(select(func.avg(Job.took)))
    long = session.scalars(select(Job.id).where(Job.ended - Job.began > timedelta(hours=6))).all()
    early = session.scalars(select(Job.id).where(Job.began + Job.took < began + timedelta(hours=1))).all()
    stored = session.scalars(select(Job.id).where(Job.took > timedelta(hours=6))).all()
print("sqlalchemy", version("sqlalchemy"))
print("expected: average 1 day, 0:02:30; longer than six hours [2]; ended in the first hour [1]")
print(f"seen:     average {average}; longer than six hours {long}, by the column itself {stored}; ended in the first hour {early}")
sys.exit((average, long, stored, early) != (1970.0, [], [2], [1, 2]))
PYTHON
