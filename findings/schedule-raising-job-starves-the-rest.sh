#!/usr/bin/env bash
# schedule: one job that raises keeps every later job from running, for ever.
#
# Guess: with `try: run_pending() except Exception: log` around the loop, a job that fails is tried again at its next time and the others run.
# Instead: a job that raises is not given a new time. It stays the first of those that are due, so each call of run_pending() begins with it,
# raises again and never comes to the others. The "hourly" job now runs once per turn of the loop.
# Hurts: one broken job silently stops all the others and is itself called some times a second.
# Source: Scheduler.run_pending and Job.run in schedule/__init__.py (_schedule_next_run is called only after the function returned).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "schedule==1.2.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version

import schedule

calls = {"broken": 0, "healthy": 0}


def broken():
    calls["broken"] += 1
    raise RuntimeError


def healthy():
    calls["healthy"] += 1


for function in (broken, healthy):
    schedule.every().hour.do(function)
for minutes_late, job in enumerate(reversed(schedule.get_jobs()), 1):
    job.next_run = datetime.now() - timedelta(minutes=minutes_late)
for _ in range(20):
    try:
        schedule.run_pending()
    except RuntimeError:
        pass  # what a careful loop does: it goes on

print("schedule", version("schedule"))
print("expected: both hourly jobs are called once in 20 turns of the loop")
print(f"seen:     {calls}")
sys.exit(calls != {"broken": 20, "healthy": 0})
PYTHON
