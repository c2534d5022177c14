#!/usr/bin/env bash
# APScheduler: a run that waits longer than a second for a free thread is dropped, although it was submitted in time.
#
# Guess: misfire_grace_time is about the scheduler being late (asleep, down); what was handed to the thread pool waits for a thread and runs.
# Instead: the age of a run is judged when a thread takes it. With all threads busy for more than the default of one second the run is a misfire: logged
# as a warning and never made. A one-off (date) job is gone for good, since it has left the store.
# Hurts: ten slow jobs in the default pool of ten, and each further one that comes due in that time, mails and clean-ups included, does not happen.
# Source: run_job in apscheduler/executors/base.py; misfire_grace_time has 1 second as its default.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apscheduler==3.11.3"
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import sys
import time
from datetime import datetime, timedelta
from importlib.metadata import version

from apscheduler.events import EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

logging.disable(logging.WARNING)
ran, missed = [], []


def slow():
    ran.append("slow")
    time.sleep(3)


scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(1)})
scheduler.add_listener(lambda event: missed.append(event.job_id), EVENT_JOB_MISSED)
scheduler.start()
now = datetime.now()
scheduler.add_job(slow, "date", run_date=now + timedelta(seconds=0.2), id="slow")
scheduler.add_job(ran.append, "date", args=["mail"], run_date=now + timedelta(seconds=0.7), id="mail")
deadline = time.monotonic() + 15
while not missed and "mail" not in ran and time.monotonic() < deadline:
    time.sleep(0.05)
left = len(scheduler.get_jobs())
scheduler.shutdown()
print("apscheduler", version("apscheduler"))
print("expected: ran ['slow', 'mail']")
print(f"seen:     ran {ran}, missed {missed}, jobs left {left}")
sys.exit((ran, missed, left) != (["slow"], ["mail"], 0))
PYTHON
