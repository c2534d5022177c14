#!/usr/bin/env bash
# APScheduler 4 (alpha): an interval of hours is added to the clock's face, so it comes twice at one instant in spring and skips an hour in autumn.
#
# Guess: IntervalTrigger(hours=1) is an hour of real time from the start, whatever the zone of start_time is; APScheduler 3 does that.
# Instead: the hour is added to the local time. In New York's spring night 02:30 (which does not exist) and 03:30 are the same instant, so it fires
# twice; in autumn two real hours lie between 01:30 and 02:30. A day, by the same arithmetic, keeps its local hour.
# Hurts: "every hour" from a start in the user's zone: a duplicate that a lock has to catch, and a gap that a watchdog takes for a dead scheduler.
# Source: IntervalTrigger.next in apscheduler 4.0.0a6 (aware datetime + timedelta, which Python does without looking at the zone).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apscheduler==4.0.0a6" "tzdata==2026.6"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from zoneinfo import ZoneInfo

from apscheduler.triggers.interval import IntervalTrigger

zone = ZoneInfo("America/New_York")
seen = []
for month, day in ((3, 14), (11, 7)):
    trigger = IntervalTrigger(hours=1, start_time=datetime(2027, month, day, 0, 30, tzinfo=zone))
    instants = [trigger.next().astimezone(UTC) for _ in range(4)]
    seen.append([(later - earlier).total_seconds() / 3600 for earlier, later in pairwise(instants)])
print("apscheduler", version("apscheduler"))
print("expected: [1.0, 1.0, 1.0] hours between the runs of either night")
print(f"seen:     {seen[0]} in spring, {seen[1]} in autumn")
sys.exit(sorted(seen[0]) != [0.0, 1.0, 1.0] or sorted(seen[1]) != [1.0, 1.0, 2.0])
PYTHON
