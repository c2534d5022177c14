#!/usr/bin/env bash
# APScheduler: in an OrTrigger each fire of one trigger restarts the interval of the others.
#
# Guess: OrTrigger([every hour from 00:00, daily at 03:20]) fires at 00:00, 01:00, 02:00, 03:00, 03:20, 04:00, 05:00.
# Instead: after 03:20 come 04:20, 05:20 and so on: the full hours never come back. Beside a trigger that fires at :10 and :40
# the hourly one fires once, at the start, and never again.
# Hurts: "hourly, and once more after the nightly import": the hourly run moves to another minute on the first night.
# Source: OrTrigger hands all its triggers one previous fire time, its own; IntervalTrigger counts from the previous fire time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apscheduler==3.11.3"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

midnight = datetime(2027, 1, 1, tzinfo=UTC)


def fires(*others):
    trigger = OrTrigger([IntervalTrigger(hours=1, start_date=midnight, timezone=UTC), *others])
    previous, seen = None, []
    for _ in range(8):
        previous = trigger.get_next_fire_time(previous, previous or midnight)
        seen.append(previous.strftime("%H:%M"))
    return seen


seen = fires(CronTrigger(hour=3, minute=20, timezone=UTC))
starved = fires(CronTrigger(minute="10,40", timezone=UTC))
print("apscheduler", version("apscheduler"))
print("expected: 00:00 01:00 02:00 03:00 03:20 04:00 05:00 06:00")
print("seen:    ", *seen)
print("seen with a second one at :10 and :40:", *starved)
sys.exit(seen != ["00:00", "01:00", "02:00", "03:00", "03:20", "04:20", "05:20", "06:20"] or not {"01:00", "02:00", "03:00"}.isdisjoint(starved))
PYTHON
