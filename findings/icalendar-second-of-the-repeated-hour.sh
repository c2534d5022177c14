#!/usr/bin/env bash
# icalendar: an instant in the second of the two repeated hours of autumn comes back an hour earlier.
#
# Guess: an aware datetime that is written and read is the same instant.
# Instead: 02:30 with fold=1 (the second one) is written as TZID=Europe/Berlin:20261025T023000, which is read as the first one. Nothing warns; UTC would have kept it.
# Hurts: "next runs" and events given to calendars as local times: one is an hour early, and two different instants become one.
# Source: RFC 5545 has no word for the second hour with a TZID (section 3.3.5: it means the first), and vDatetime does not look at fold.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "icalendar==7.3.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from icalendar import Event

zone = ZoneInfo("Europe/Berlin")
given = [datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
read = []
for fold in (0, 1):
    event = Event()
    event.add("dtstart", datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold))
    read.append(Event.from_ical(event.to_ical()).start.astimezone(UTC))
print("icalendar", version("icalendar"))
print("expected:", [f"{at:%H:%M}" for at in given])
print("seen:    ", [f"{at:%H:%M}" for at in read])
sys.exit(read != [given[0], given[0]])
PYTHON
