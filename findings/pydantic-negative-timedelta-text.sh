#!/usr/bin/env bash
# Pydantic: the text that Python writes for a negative timedelta is read as another duration.
#
# Guess: `str(timedelta)` can be read back: "1 day, 2:00:00" works, so "-1 day, 23:59:59" (minus one second) does too.
# Instead: Python's sign belongs to the days alone, Pydantic's to the whole. Minus one second comes back as minus one day and 23:59:59,
# 172,798 seconds away, without an error.
# Hurts: offsets and clock differences that were logged, stored or put into a CSV as str() and are read again by a model.
# Source: the documented format `[-][[DD]d,]HH:MM:SS[.ffffff]` of timedelta in Pydantic's docs, and datetime.timedelta.__str__.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import timedelta

import pydantic

adapter = pydantic.TypeAdapter(timedelta)
values = [timedelta(days=1, hours=2), timedelta(hours=-1), timedelta(seconds=-1)]
seen = [adapter.validate_python(str(value)) - value for value in values]
print("pydantic", pydantic.VERSION)
print("expected: each is read as what it was, or refused")
for value, difference in zip(values, seen, strict=True):
    print(f"seen:     {str(value)!r} is read {difference.total_seconds():.0f} s away")
sys.exit([one.total_seconds() for one in seen] != [0, -2 * 82800, -2 * 86399])
PYTHON
