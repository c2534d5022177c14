#!/usr/bin/env bash
# periodiq (Dramatiq's scheduler): a schedule for Sunday, written 0, SUN or @weekly, never fires.
#
# Guess: weekdays are cron's: 0 and 7 are Sunday, and so is SUN; @weekly is Sunday at midnight.
# Instead: the next date is computed rightly, and the scheduler wakes up on that Sunday; then it asks once more which actors are due, and there Sunday is 7
# only (isoweekday). Nothing is sent. Only the number 7 works.
# Hurts: weekly reports and clean-ups, whose usual form is exactly `0 3 * * 0` or @weekly: no error, no run.
# Source: CronSpec.next_valid_date (isoweekday() % 7) and CronSpec.validate (isoweekday()) in periodiq.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "periodiq==0.14.0" "pendulum==3.3.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import pendulum
from periodiq import cron

seen = {}
for text in ("0 0 * * 0", "0 0 * * SUN", "@weekly", "0 0 * * 7"):
    following = cron(text).next_valid_date(pendulum.datetime(2026, 6, 1, 12))
    seen[text] = (following.format("dddd D"), cron(text).validate(following))
print("periodiq", version("periodiq"))
print("expected: ('Sunday 7', True) for each: the next date, and whether it is due then")
print(f"seen:     {seen}")
silent = ("Sunday 7", False)
sys.exit(seen != {"0 0 * * 0": silent, "0 0 * * SUN": silent, "@weekly": silent, "0 0 * * 7": ("Sunday 7", True)})
PYTHON
