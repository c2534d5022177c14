#!/usr/bin/env bash
# recurring-ical-events: eight hours by DURATION are nine in the night the clock goes back, and COUNT=3 can be four.
#
# Guess: DURATION:PT8H is exactly eight hours each night (RFC 5545, 3.3.6: hours are exact, days are nominal), unlike a DTEND; COUNT is the number of
# occurrences.
# Instead: the end is computed on the clock's face, so the shift from 22:00 in the autumn night is nine hours long. And a start that does not match
# the rule itself (a Thursday with BYDAY=MO) comes in addition to COUNT; dateutil's rrule gives three for the same rule.
# Hurts: windows and on-call shifts from calendars: an hour in which two are on duty, or a run too many.
# Source: the naive arithmetic of datetime within one zone; RFC 5545 leaves a start outside of its rule undefined.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "recurring-ical-events==3.8.2" "icalendar==7.3.2" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version

import recurring_ical_events
from dateutil.rrule import MO, WEEKLY, rrule
from icalendar import Calendar


def occurrences(*lines):
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:finding", "BEGIN:VEVENT", "UID:1"]
    calendar = Calendar.from_ical("\r\n".join([*head, *lines, "END:VEVENT", "END:VCALENDAR", ""]))
    return recurring_ical_events.of(calendar).between((2026, 1, 1), (2027, 12, 31))


nights = occurrences("DTSTART;TZID=America/New_York:20271105T220000", "DURATION:PT8H", "RRULE:FREQ=DAILY;COUNT=3")
hours = [(n["DTEND"].dt.astimezone(UTC) - n["DTSTART"].dt.astimezone(UTC)).total_seconds() / 3600 for n in nights]
count = len(occurrences("DTSTART:20260101T090000", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"))
same = len(list(rrule(WEEKLY, dtstart=datetime(2026, 1, 1, 9), byweekday=MO, count=3)))
print("recurring-ical-events", version("recurring-ical-events"), "python-dateutil", version("python-dateutil"))
print("expected: [8.0, 8.0, 8.0] hours; 3 occurrences")
print(f"seen:     {hours} hours; {count} occurrences (rrule {same})")
sys.exit((hours, count, same) != ([8.0, 9.0, 8.0], 4, 3))
PYTHON
