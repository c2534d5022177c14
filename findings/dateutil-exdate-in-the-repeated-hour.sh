#!/usr/bin/env bash
# dateutil: an excluded date given in UTC excludes every day but the one in the repeated hour of autumn.
#
# Guess: two aware datetimes of the same instant are equal, so rruleset.exdate() takes a UTC instant for an occurrence in New York, on each day.
# Instead: on 7 November 2027 at 01:30 (the clock shows 01:30 twice) the comparison is False in every form: `==`, `in` a set, exdate, and
# `instant in rule`; yet their difference is zero and neither is later. The excluded run happens.
# Hurts: blackout lists and "already ran" sets that hold UTC beside schedules that work in local time: one occurrence a year slips through.
# Source: PEP 495, "inter-zone comparison" (a time whose offset depends on fold is never equal to one of another zone).
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

from dateutil.rrule import DAILY, rrule, rruleset

days = rruleset()
days.rrule(rrule(DAILY, dtstart=datetime(2027, 11, 5, 1, 30, tzinfo=ZoneInfo("America/New_York")), count=5))
every = list(days)
for day in every[1:4]:
    days.exdate(day.astimezone(UTC))
left = [one.strftime("%d %B") for one in days]
odd = every[2]
print("python-dateutil", version("python-dateutil"))
print("expected: ['05 November', '09 November']")
print(f"seen:     {left}; equal {odd == odd.astimezone(UTC)}, difference {odd - odd.astimezone(UTC)}")
sys.exit(left != ["05 November", "07 November", "09 November"])
PYTHON
