#!/usr/bin/env bash
# Celery: the third argument of crontab() is the day of the week, where a crontab has the day of the month.
#
# Guess: crontab("0", "3", "1") is "0 3 1 * *", the first of each month, since all five arguments stand for the five fields.
# Instead: the order is minute, hour, day_of_week, day_of_month, month_of_year: it runs each Monday. crontab.from_string("0 3 1 * *") keeps the order
# of cron, and so does repr(), which shows the mistake: 0 3 * * 1.
# Hurts: monthly invoices each Monday, with valid numbers all the way.
# Source: crontab.__init__ in celery/schedules.py; the docs' examples use names only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "celery==5.7.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

from celery.schedules import crontab

days = [datetime(2026, 6, 1) + timedelta(days=number) for number in range(30)]


def runs(schedule):
    return [day.day for day in days if day.day in schedule.day_of_month and day.isoweekday() % 7 in schedule.day_of_week]


seen = runs(crontab("0", "3", "1")), runs(crontab.from_string("0 3 1 * *"))
print("celery", version("celery"))
print("expected: ([1], [1]), the days of June 2026")
print(f"seen:     {seen}")
sys.exit(seen != ([1, 8, 15, 22, 29], [1]))
PYTHON
