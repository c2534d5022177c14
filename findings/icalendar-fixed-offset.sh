#!/usr/bin/env bash
# icalendar: a time with a fixed offset is written with a zone that no calendar knows, and comes back without one.
#
# Guess: datetime.fromisoformat("2026-01-01T09:00+02:00"), as every JSON API gives it, is written so that the instant is kept: in UTC, or with a zone that is described.
# Instead: it is written as TZID="UTC+02:00" without a VTIMEZONE; the library itself reads it back as a time without a zone, so it is 09:00 wherever the reader is.
# Hurts: calendar feeds made from times of an API: each event is off by the offset, differently for each reader.
# Source: the zone's tzname() is taken as TZID; from_ical() takes an unknown TZID as none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "icalendar==7.3.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version

from icalendar import Calendar, Event

given = datetime.fromisoformat("2026-01-01T09:00+02:00")
event = Event()
event.add("uid", "1")
event.add("dtstart", given)
calendar = Calendar()
calendar.add_component(event)
text = calendar.to_ical().decode()
read = Calendar.from_ical(text).events[0].start
print("icalendar", version("icalendar"))
print(f"expected: {given.isoformat()}, or the same instant in UTC")
print(f"seen:     {next(line for line in text.splitlines() if line.startswith('DTSTART'))} is read as {read.isoformat()}")
sys.exit(not ("VTIMEZONE" not in text and read.tzinfo is None))
PYTHON
