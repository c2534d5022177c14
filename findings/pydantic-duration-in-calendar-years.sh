#!/usr/bin/env bash
# Pydantic: a timedelta of 365 days or more is written as JSON with years, which others read by the calendar.
#
# Guess: timedelta(days=366) is written "P366D" (or in seconds), so any reader of ISO 8601 durations adds the same time.
# Instead: it is written "P1Y1D": a year of exactly 365 days. ISO 8601 leaves the length of a year to the date it is added to;
# isodate and PostgreSQL's interval add a calendar year. From 1 January 2028 (a leap year) the sum is one day later than what was meant.
# Hurts: retention times, leases and deadlines of a year or more that cross from a Python API to another reader.
# Source: `ser_json_timedelta` in Pydantic's config docs (no word on years); ISO 8601 section on durations.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pydantic==2.14.4" "isodate==0.7.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

import isodate
import pydantic

keep = timedelta(days=400)
text = pydantic.TypeAdapter(timedelta).dump_json(keep).decode().strip('"')
begin = datetime(2028, 1, 1)
other = begin + isodate.parse_duration(text)
print("pydantic", pydantic.VERSION, "isodate", version("isodate"))
print("expected: 400 days in a form that has one length, and", begin + keep)
print(f"seen:     {text}, and {other} where isodate reads it")
sys.exit((text, other - (begin + keep)) != ("P1Y35D", timedelta(days=1)))
PYTHON
