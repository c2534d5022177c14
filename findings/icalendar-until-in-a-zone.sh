#!/usr/bin/env bash
# icalendar with recurring-ical-events: an end of a rule given in a zone loses its zone, and the series loses its last occurrence.
#
# Guess: rrule={"until": 3 January 21:00 New York} is written in UTC with a Z, as RFC 5545 asks for; the event on that instant is the last one.
# Instead: it is written as a bare 20260103T210000. recurring-ical-events, made for icalendar, reads that as UTC, five hours earlier.
# A datetime in UTC is written with its Z and works.
# Hurts: calendars made and read by the same two packages: west of Greenwich the last run is missing, east of it there may be one too many.
# Source: vRecur in icalendar/prop (no conversion); RFC 5545, 3.3.10, UNTIL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "icalendar==7.3.2" "recurring-ical-events==3.8.2" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

zone = ZoneInfo("America/New_York")
last = datetime(2026, 1, 3, 21, tzinfo=zone)


def days(until):
    event = Event()
    event.add("uid", "1")
    event.add("dtstart", datetime(2026, 1, 1, 21, tzinfo=zone))
    event.add("rrule", {"freq": "daily", "until": until})
    calendar = Calendar()
    calendar.add_component(event)
    calendar = Calendar.from_ical(calendar.to_ical())
    rule = next(line for line in event.to_ical().decode().splitlines() if line.startswith("RRULE"))
    return rule, [one["DTSTART"].dt.day for one in recurring_ical_events.of(calendar).between((2026, 1, 1), (2026, 1, 9))]


seen = {"in New York": days(last), "in UTC": days(last.astimezone(UTC))}
print("icalendar", version("icalendar"), "recurring-ical-events", version("recurring-ical-events"))
print("expected: days [1, 2, 3] for both")
print(f"seen:     {seen}")
sys.exit([found for _, found in seen.values()] != [[1, 2], [1, 2, 3]])
PYTHON
