#!/usr/bin/env bash
# dateparser: "monday at 9" is a day in September, and "tomorrow at 9" is tomorrow at the present hour.
#
# Guess: a weekday or "tomorrow" with "at 9" is that day at 9:00, or None. "at 9:00" and "at 9am" are.
# Instead: in "monday at 9" the 9 is the month and the weekday is dropped; in "tomorrow at 9" the 9 is dropped, and the hour is that of the base.
# Hurts: "run it monday at 9" in a chat bot or a form: the job is started months later, or at a time that nobody said, and is confirmed as understood.
# Source: dateparser tries its parsers one after another and takes what the first of them makes of the parts it knows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "dateparser==1.5.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime
from importlib.metadata import version

import dateparser

settings = {"RELATIVE_BASE": datetime(2027, 1, 15, 12, 0), "PREFER_DATES_FROM": "future", "TIMEZONE": "UTC"}
texts = ("monday at 9", "monday at 9:00", "tomorrow at 9", "tomorrow at 9am")
seen = {text: str(dateparser.parse(text, languages=["en"], settings=settings)) for text in texts}
print("dateparser", version("dateparser"))
print("expected: 2027-01-18 09:00:00 twice and 2027-01-16 09:00:00 twice, asked on Friday 2027-01-15 at 12:00")
print(f"seen:     {seen}")
at = [seen[text] for text in texts]
sys.exit(at != ["2027-09-15 00:00:00", "2027-01-18 09:00:00", "2027-01-16 12:00:00", "2027-01-16 09:00:00"])
PYTHON
