#!/usr/bin/env bash
# Pydantic: the same text in the same union `date | datetime` is a datetime from a JSON body and a date from a query, a form or a CSV.
#
# Guess: the smart union looks at the form of the text: "2026-01-02" is a date, "2026-01-02T00:00:00" a datetime, from every door and in either
# order of the two types.
# Instead: that holds for validate_json. In validate_python, which is what query parameters, forms, environment variables and CSV rows go through,
# `date | datetime` makes a date of every midnight (one second later stays a datetime), and `datetime | date` a naive midnight of every plain date.
# Hurts: calendars and schedules with whole-day and timed entries: isinstance(value, datetime) answers by the door and by the time of day.
# Source: "smart mode" in Pydantic's docs of unions (strict first, and text is a strict date in JSON only); date accepts a datetime at midnight.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import date, datetime

import pydantic

texts = ["2026-01-02", "2026-01-02T00:00:00", "2026-01-02T00:00:01"]
asked = ["date", "datetime", "datetime"]
seen = []
print("pydantic", pydantic.VERSION)
print("expected:", asked, "each time")
for name, union in (("date | datetime", date | datetime), ("datetime | date", datetime | date)):
    adapter = pydantic.TypeAdapter(union)
    for door in (lambda text: adapter.validate_json(f'"{text}"'), adapter.validate_python):
        seen.append([type(door(text)).__name__ for text in texts])
    print(f"seen:     {name}: from JSON {seen[-2]}, from Python {seen[-1]}")
sys.exit(seen != [asked, ["date", "date", "datetime"], asked, ["datetime"] * 3])
PYTHON
