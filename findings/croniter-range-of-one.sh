#!/usr/bin/env bash
# croniter: a range of one value is the whole field.
#
# Guess: `5-5` is 5: `0 9 * * 5-5` runs on Fridays.
# Instead: it runs every day, `3-3` in the hours is every hour, and is_valid() is true. cronsim takes it as one value.
# Hurts: ranges that a form or a program writes ("from Friday to Friday"). RQ and Procrastinate read their schedules with croniter.
# Source: the branch for low == high in croniter's expansion of a range.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "croniter==7.0.0" "cronsim==2.8"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version
from itertools import islice

from croniter import croniter
from cronsim import CronSim

begin = datetime(2026, 1, 5)
seen = {
    "croniter days": [at.day for at in islice(croniter("0 9 * * 5-5", begin).all_next(datetime), 3)],
    "cronsim days": [at.day for at in islice(CronSim("0 9 * * 5-5", begin), 3)],
    "croniter hours": [at.hour for at in islice(croniter("0 3-3 * * *", begin).all_next(datetime), 3)],
    "valid": croniter.is_valid("0 9 * * 5-5"),
}
print("croniter", version("croniter"), "cronsim", version("cronsim"))
print("expected: days [9, 16, 23] from both, hours [3, 3, 3]")
print(f"seen:     {seen}")
sys.exit(list(seen.values()) != [[5, 6, 7], [9, 16, 23], [1, 2, 3], True])
PYTHON
