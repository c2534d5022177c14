#!/usr/bin/env bash
# icalendar: small and large numbers are written as Python writes them, which no calendar file may hold.
#
# Guess: a place near the equator, GEO 0.00001, is written in digits, as RFC 5545 says of FLOAT (section 3.3.7).
# Instead: it is written as `GEO:1e-05;…`, and 1e16 as `1e+16`. Strict readers refuse the file, lenient ones read 1.
# Hurts: who exports places or measures as events: one value in ten thousand spoils the whole file.
# Source: vFloat.to_ical() and vGeo.to_ical() use str().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "icalendar==7.3.2"
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sys
from importlib.metadata import version

from icalendar import Event

event = Event()
event.add("geo", (0.00001, 9.5))
line = next(line for line in event.to_ical().decode().splitlines() if line.startswith("GEO"))
is_valid = re.fullmatch(r"GEO:[+-]?\d+(\.\d+)?;[+-]?\d+(\.\d+)?", line) is not None
print("icalendar", version("icalendar"))
print("expected: GEO:0.00001;9.5")
print(f"seen:     {line}, of the form of RFC 5545: {is_valid}")
sys.exit(is_valid)
PYTHON
