#!/usr/bin/env bash
# pendulum: a duration of a month that was pickled, copied or divided is no month any more.
#
# Guess: duration(months=1) is the same after pickle, copy.copy() and + duration(), and a year and two months halved are seven months.
# Instead: pickled, copied by copy.copy() or added to another, it is 30 days: 31 January and "a month" is 2 March, not 28 February.
# copy.deepcopy() keeps it. Halved, (years=1, months=2) is one month: years and months are divided each for itself, and what is left over is dropped.
# Hurts: "repeat in a month" as an argument of a queue that pickles (RQ, huey, arq) is another day in the worker than in the web process.
# Source: pendulum/duration.py has no __reduce__ of its own, so timedelta's is used, which knows days and seconds only; __add__ and __truediv__ there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pendulum==3.3.0"
"$folder/venv/bin/python" - <<'PYTHON'
import copy
import pickle
import sys
from importlib.metadata import version

import pendulum

begin, month = pendulum.datetime(2027, 1, 31), pendulum.duration(months=1)
waits = {
    "as it is": month,
    "pickled": pickle.loads(pickle.dumps(month)),
    "copy.copy": copy.copy(month),
    "copy.deepcopy": copy.deepcopy(month),
    "+ duration()": month + pendulum.duration(),
}
seen = {name: (begin + wait).to_date_string() for name, wait in waits.items()}
half = pendulum.duration(years=1, months=2) / 2
print("pendulum", version("pendulum"))
print("expected: 2027-02-28 each time; half of a year and two months are seven months")
print(f"seen:     {seen}; half is {half!r}")
wrong = [name for name, day in seen.items() if day == "2027-03-02"]
sys.exit(wrong != ["pickled", "copy.copy", "+ duration()"] or (half.years, half.months) != (0, 1))
PYTHON
