#!/usr/bin/env bash
# huey: a crontab with a day of the month and a weekday fires when both are so.
#
# Guess: crontab(day="1,15", day_of_week="1") is `0 0 1,15 * 1`: the 1st, the 15th, and every Monday, as crontab(5) says.
# Instead: it fires only on a Monday that is the 1st or the 15th: twice in the first half of 2026 where a crontab fires 36 times.
# Hurts: crontab lines that are taken over word by word: most runs never come, and nothing says so.
# Source: crontab() requires every field to match; crontab(5) joins the two day fields with "or" where neither is a star.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "huey==3.5.4" "cronsim==2.8"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

from cronsim import CronSim
from huey import crontab

begin, end = datetime(2026, 1, 1), datetime(2026, 7, 1)
matches = crontab(minute="0", hour="0", day="1,15", day_of_week="1")
by_huey = [f"{at:%m-%d}" for day in range((end - begin).days) if matches(at := begin + timedelta(days=day))]
by_cron = []
for at in CronSim("0 0 1,15 * 1", begin - timedelta(minutes=1)):
    if at >= end:
        break
    by_cron.append(f"{at:%m-%d}")
print("huey", version("huey"), "cronsim", version("cronsim"))
print(f"expected: the {len(by_cron)} days of crontab(5)")
print(f"seen:     {by_huey}")
sys.exit(not (len(by_cron) > 30 and len(by_huey) < 3))
PYTHON
