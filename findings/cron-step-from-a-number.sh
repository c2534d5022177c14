#!/usr/bin/env bash
# Cron libraries: a step from a number (`5/10`) is a list, a day more than one thinks, an error or never, by library.
#
# Guess: `0 0 5/10 * *` fires on the 5th, 15th and 25th wherever it is accepted, and `1/2` as weekday on Monday, Wednesday and Friday.
# Instead: pycron (and so taskiq's scheduler, which asks pycron) accepts the text and never fires. cronsim counts weekdays up to 7, so `1/2` has
# Sunday as well; croniter has not. huey and Celery refuse it.
# Hurts: a schedule copied from a generator for Quartz or node, where `5/10` is usual, is silent for ever, or runs on Sundays.
# Source: pycron.is_now (a part with "/" that does not begin with "*" or a range matches nothing); cronsim's range of day-of-week is 0 to 7.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pycron==3.3.0" "cronsim==2.8" "croniter==7.0.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import islice

import pycron
from croniter import croniter
from cronsim import CronSim

midnights = [datetime(2026, 1, 1) + timedelta(days=number) for number in range(365)]
silent = sum(pycron.is_now("0 0 5/10 * *", midnight) for midnight in midnights)
begin, weekdays = datetime(2026, 1, 3, 12), "0 0 * * 1/2"
days = {
    "cronsim": [at.strftime("%a") for at in islice(CronSim(weekdays, begin), 4)],
    "croniter": [at.strftime("%a") for at in islice(croniter(weekdays, begin).all_next(datetime), 4)],
}
print(*(f"{name} {version(name)}" for name in ("pycron", "cronsim", "croniter")))
print("expected: 36 days a year from pycron; Mon Wed Fri Mon from both others")
print(f"seen:     {silent} days a year from pycron; {days}")
sys.exit(silent != 0 or days != {"cronsim": ["Sun", "Mon", "Wed", "Fri"], "croniter": ["Mon", "Wed", "Fri", "Mon"]})
PYTHON
