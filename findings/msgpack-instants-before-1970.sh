#!/usr/bin/env bash
# msgpack: Timestamp.from_datetime() makes an instant before 1970 a second later if it has a part of a second.
#
# Guess: Timestamp.from_datetime(at).to_datetime() is `at`, as what packb(at, datetime=True) writes is read back as `at`.
# Instead: 1969-12-31T23:59:58.5Z becomes 23:59:59.5Z. packb with datetime=True, and Timestamp.from_unix, have it right, so the same value
# written by two parts of one program differs by a second. Whole seconds are right.
# Hurts: dates of birth and historic series with milliseconds in job arguments, and keys that are compared afterwards.
# Source: Timestamp.from_datetime in msgpack/ext.py cuts the (negative) seconds towards zero and adds the microseconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "msgpack==1.1.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import msgpack

at = datetime(1969, 12, 31, 23, 59, 58, 500000, tzinfo=UTC)
by_option = msgpack.unpackb(msgpack.packb(at, datetime=True), timestamp=3)
by_hand = msgpack.unpackb(msgpack.packb(msgpack.Timestamp.from_datetime(at)), timestamp=3)
print("msgpack", version("msgpack"))
print(f"expected: {at.isoformat()} both ways")
print(f"seen:     {by_option.isoformat()} by datetime=True, {by_hand.isoformat()} by Timestamp.from_datetime")
sys.exit((by_option, by_hand) != (at, at + timedelta(seconds=1)))
PYTHON
