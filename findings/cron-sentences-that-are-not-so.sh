#!/usr/bin/env bash
# cron-descriptor: "every 40 minutes", "every 7 hours" and "every 2 days" are said of schedules that do not keep that distance.
#
# Guess: the sentence under an expression is what the expression does; a step that does not divide its field is said in another way.
# Instead: `*/40` (00 and 40 past: 40, then 20 minutes) is "Every 40 minutes", `0 */7 * * *` (7, 7, 7, 3 hours) "every 7 hours", `0 9 */2 * *` (the 31st,
# then the 1st) "every 2 days". And `0 9 */2 * 1`, which cron reads as AND (its field begins with a star), is "or on Monday".
# Hurts: people confirm a schedule by its sentence and get runs at distances they have excluded.
# Source: ExpressionDescriptor in cron_descriptor (a step is described by its number alone).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "cron-descriptor==2.2.1" "cronsim==2.8"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version
from itertools import islice, pairwise

from cron_descriptor import get_description
from cronsim import CronSim

cases = {"*/40 * * * *": 4, "0 */7 * * *": 6, "0 9 */2 * *": 17}
print("cron-descriptor", version("cron-descriptor"), "cronsim", version("cronsim"))
print("expected: a sentence from which the shorter distance can be seen")
wrong = []
for text, count in cases.items():
    minutes = {int((b - a).total_seconds()) // 60 for a, b in pairwise(islice(CronSim(text, datetime(2026, 1, 1)), count))}
    sentence = get_description(text)
    print(f"seen:     {text!r}: {sentence!r}; distances in minutes {sorted(minutes)}")
    wrong.append((sentence, sorted(minutes)))
known = [("Every 40 minutes", [20, 40]), ("Every 7 hours", [180, 420]), ("At 09:00 AM, every 2 days", [1440, 2880])]
both = get_description("0 9 */2 * 1")
mondays = {at.isoweekday() for at in islice(CronSim("0 9 */2 * 1", datetime(2026, 1, 1)), 9)}
print(f"seen:     '0 9 */2 * 1': {both!r}; weekdays {mondays}")
sys.exit((wrong, both, mondays) != (known, "At 09:00 AM, every 2 days, or on Monday", {1}))
PYTHON
