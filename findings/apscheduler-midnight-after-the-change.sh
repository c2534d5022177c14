#!/usr/bin/env bash
# APScheduler: a cron trigger leaves out the run between 00:00 and 00:59 on the day after the clocks go forward.
#
# Guess: CronTrigger.from_crontab("0 0 * * *") runs at each midnight; only times inside the missing hour of the night are a question.
# Instead: after the 23-hour Sunday the Monday is missing, in New York as in Berlin, and "0 0 * * 1" loses a whole week that way. A run at 01:00 or
# later is there, and autumn is right. The alpha 4.0.0a6 does the same.
# Hurts: the nightly job, at the hour that most nightly jobs have, once a year, and not on the day one would look at.
# Source: CronTrigger._increment_field_value in apscheduler/triggers/cron (the difference to the next midnight is taken from local times and added
# in UTC: one hour too much, so the trigger sees 01:00 and goes on to the day after).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apscheduler==3.11.3" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger


def days(text, zone, begin):
    trigger, previous = CronTrigger.from_crontab(text, zone), None
    now, found = begin.replace(tzinfo=zone), []
    for _ in range(4):
        previous = trigger.get_next_fire_time(previous, now)
        now = previous + timedelta(seconds=1)
        found.append(previous.day)
    return found


york, berlin = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
seen = [
    days("0 0 * * *", york, datetime(2027, 3, 12, 12)),
    days("45 0 * * *", berlin, datetime(2027, 3, 26, 12)),
    days("0 1 * * *", york, datetime(2027, 3, 12, 12)),
    days("0 0 * * mon", york, datetime(2027, 3, 12, 12)),
]
print("apscheduler", version("apscheduler"))
print("expected: [13, 14, 15, 16] [27, 28, 29, 30] [13, 14, 15, 16] [15, 22, 29, 5], days of March 2027")
print("seen:    ", *seen)
sys.exit(seen != [[13, 14, 16, 17], [27, 28, 30, 31], [13, 14, 15, 16], [22, 29, 5, 12]])
PYTHON
