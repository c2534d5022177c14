#!/usr/bin/env bash
# cron-converter: with a day of the month and a weekday, an expression fires only where both hold.
#
# Guess: "a cron string parser" reads `0 0 13 * 5` as cron does: on every 13th, and on every Friday; where both fields are restricted, either is enough.
# Instead: only on a Friday the 13th: three times in 2026 in place of sixty-one.
# Hurts: a crontab's line that is shown or scheduled with it: "the 1st and every Monday" becomes two or three days of a year, without a word.
# Source: cron_converter/sub_modules/seeker.py asks for a day that is in both fields; crontab(5) says "either".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "cron-converter==2.0.2" "croniter==7.0.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timezone
from importlib.metadata import version

from cron_converter import Cron
from croniter import croniter

START, END = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2027, 1, 1, tzinfo=timezone.utc)
schedule = Cron("0 0 13 * 5").schedule(START)
seen = []
while (instant := schedule.next()) < END:
    seen.append(f"{instant:%a %d %b}")
beside = sum(1 for _ in iter(lambda walk=croniter("0 0 13 * 5", START): walk.get_next(datetime) < END, False))
print("cron-converter", version("cron-converter"))
print(f"expected: every 13th and every Friday, as croniter {version('croniter')} does: {beside} days of 2026")
print(f"seen:     {len(seen)}: {', '.join(seen)}")
sys.exit((seen, beside) != (["Fri 13 Feb", "Fri 13 Mar", "Fri 13 Nov"], 61))
PYTHON
