#!/usr/bin/env bash
# dateutil: str() of a rule in a zone loses the zone and the Z of UNTIL, so it comes back one occurrence shorter.
#
# Guess: rrulestr(str(rule)) is the same rule (str was made for that), or str refuses a zone.
# Instead: DTSTART and UNTIL are written as naive times, each in its own zone. From Berlin, where 09:00 is 08:00 UTC, the last day ends before it
# begins; from New York an end at noon UTC would let a further one in.
# Hurts: schedules kept as text in a database or sent to another process: the last run is lost, all others are naive.
# Source: rrule.__str__ in dateutil/rrule.py (strftime without tzid); RFC 5545, 3.3.10 asks for UTC in UNTIL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "python-dateutil==2.9.0.post0" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, rrule, rrulestr

begin = datetime(2026, 1, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
rule = rrule(DAILY, dtstart=begin, until=datetime(2026, 1, 3, 8, tzinfo=UTC))
again = list(rrulestr(str(rule)))
print("python-dateutil", version("python-dateutil"))
print("expected: 3 occurrences, and the same 3 again")
print(f"seen:     {len(list(rule))}, then {len(again)} (zone: {again[0].tzinfo}) from {str(rule)!r}")
sys.exit((len(list(rule)), len(again), again[0].tzinfo) != (3, 2, None))
PYTHON
