#!/usr/bin/env bash
# pycron: what it does not know of a crontab is no error, it is never.
#
# Guess: an expression that crontab(5) allows either fires or is refused: 7 for Sunday, a range up to it, a month's name, a range over midnight.
# Instead: is_now() answers False at the very minute; so does has_been() for the week up to it. Names of days do work, names of months do not.
# Hurts: whoever takes a line over from a crontab: `0 10 * * 7` or `0 10 * nov *` is accepted, and nothing ever runs.
# Source: pycron/__init__.py compares numbers and turns what it cannot read into "no match"; the README names what is supported, not that the rest is silent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pycron==3.3.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version

import pycron

AT = datetime(2026, 11, 29, 10, 0)  # a Sunday
NIGHT = datetime(2026, 11, 29, 23, 0)
CASES = {
    "0 10 * * sun": (AT, True),
    "0 10 * * 0": (AT, True),
    "0 10 * * 7": (AT, False),
    "0 10 * * 5-7": (AT, False),
    "0 10 * nov *": (AT, False),
    "0 22-2 * * *": (NIGHT, False),
}
print("pycron", version("pycron"), "on Sunday, 29 November 2026")
seen = {}
for expression, (instant, _) in CASES.items():
    seen[expression] = pycron.is_now(expression, instant)
    print(f"{expression:14} at {instant:%H:%M}: expected True or an error; seen: {seen[expression]}")
in_a_week = pycron.has_been("0 10 * * 7", datetime(2026, 11, 23), datetime(2026, 11, 30))
print(f"0 10 * * 7 in the week up to it: expected True; seen: {in_a_week}")
sys.exit(in_a_week or seen != {expression: answer for expression, (_, answer) in CASES.items()})
PYTHON
