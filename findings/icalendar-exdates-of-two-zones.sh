#!/usr/bin/env bash
# icalendar: excluded dates of several zones in one list are all written with the last one's zone, so other instants are excluded.
#
# Guess: event.add("exdate", [09:00 Berlin, 09:00 New York]) writes each with its zone (two EXDATE lines) or both in UTC, or refuses.
# Instead: one EXDATE line with one TZID, the last one's, and the clock times as they were. 09:00 Berlin has become 09:00 New York, 6 hours later.
# RDATE goes the same way. Alone, each is written right.
# Hurts: exclusions merged from two calendars, or a zone changed in the middle of a series: the run to be left out happens.
# Source: vDDDLists in icalendar/prop/dt/list.py (one TZID parameter, set in a loop; a note there says that several zones are not supported).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "icalendar==7.3.2" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from icalendar import Event

dates = [datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Berlin")), datetime(2026, 1, 6, 9, tzinfo=ZoneInfo("America/New_York"))]
event = Event()
event.add("exdate", dates)
text = event.to_ical().decode().splitlines()[1]
again = [one.dt for one in Event.from_ical(event.to_ical())["exdate"].dts]
seen = [(after - before).total_seconds() / 3600 for before, after in zip(dates, again, strict=True)]
print("icalendar", version("icalendar"))
print("expected: the same two instants again")
print(f"seen:     {text}; they have moved by {seen} hours")
sys.exit(seen != [6.0, 0.0])
PYTHON
