#!/usr/bin/env bash
# APScheduler: jitter of an interval trigger adds up.
#
# Guess: `IntervalTrigger(hours=1, jitter=600)` delays each run by up to ten minutes from the full hour; there are 24 runs a day.
# Instead: the next run is counted from the delayed one, so each delay stays. The mean period is one hour and five minutes, and a day has
# about 22 runs. `CronTrigger(minute=0, jitter=600)` in the same package keeps its grid.
# Hurts: an hourly job loses about two runs a day and walks through the clock; a dashboard that counts 24 expected runs reports misses.
# Source: get_next_fire_time in apscheduler/triggers/interval.py (previous_fire_time already holds the jitter).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apscheduler==3.11.3"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

DAYS = 60
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def runs_a_day(trigger):
    at, count = trigger.get_next_fire_time(None, BEGIN), 0
    while at < BEGIN + timedelta(days=DAYS):
        count += 1
        at = trigger.get_next_fire_time(at, at + timedelta(milliseconds=1))
    return count / DAYS


interval = runs_a_day(IntervalTrigger(hours=1, jitter=600, start_date=BEGIN, timezone=UTC))
cron = runs_a_day(CronTrigger(minute=0, jitter=600, timezone=UTC))
print("apscheduler", version("apscheduler"))
print("expected: 24 runs a day from both triggers")
print(f"seen:     interval {interval:.1f} a day, cron {cron:.1f} a day")
sys.exit(not (21.7 < interval < 22.7 and cron > 23.9))
PYTHON
