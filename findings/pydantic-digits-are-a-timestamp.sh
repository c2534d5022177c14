#!/usr/bin/env bash
# Pydantic: a date or a year written in digits alone becomes an instant of 1970.
#
# Guess: "20260101" (ISO 8601's basic form) is 1 January 2026 or is refused; "2026" is refused.
# Instead: text of digits alone is a Unix time. "2026" is 33 minutes and 46 seconds after the epoch, "20260101" is 23 August 1970; a
# 14-digit "20260101120000" counts as milliseconds and is in the year 2612. All are aware, in UTC, without an error.
# Hurts: a filter `after=20260101` or `since=2026` finds everything from 1970 on; a delay until "20260101120000" never ends.
# Source: "int or float as a string (assumed as Unix time)" in the docs of datetime fields; limit 2e10 between seconds and milliseconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime

import pydantic

adapter = pydantic.TypeAdapter(datetime)
seen = {text: adapter.validate_python(text).year for text in ("2026", "20260101", "20260101120000")}
print("pydantic", pydantic.VERSION)
print("expected: refused, or in the year 2026")
print(f"seen:     {seen}")
sys.exit(seen != {"2026": 1970, "20260101": 1970, "20260101120000": 2612})
PYTHON
