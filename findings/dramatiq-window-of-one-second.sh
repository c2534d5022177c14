#!/usr/bin/env bash
# Dramatiq: WindowRateLimiter(limit=2, window=1) lets four through within a few milliseconds.
#
# Guess: at most two per sliding second, as its docs say ("some sliding window").
# Instead: it counts by whole seconds of the clock. Two just before a full second and two just after it are four in a tenth of a second. A window of n
# seconds is the last n clock seconds, so up to one second of it is missing.
# Hurts: calls to an API with a hard limit per second: twice the limit in the worst moment, and a ban by the other side.
# Source: WindowRateLimiter in dramatiq/rate_limits/window.py (int(time()), one key for each second).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "dramatiq==2.2.1"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import time
from importlib.metadata import version

from dramatiq.rate_limits import WindowRateLimiter
from dramatiq.rate_limits.backends import StubBackend

limiter = WindowRateLimiter(StubBackend(), "finding", limit=2, window=1)
let_through = []
time.sleep(1.9 - time.time() % 1)  # a tenth of a second before a full one
while len(let_through) < 4:
    with limiter.acquire(raise_on_failure=False) as free:
        if free:
            let_through.append(time.monotonic())
    time.sleep(0.002)
seconds = let_through[3] - let_through[0]
print("dramatiq", version("dramatiq"))
print("expected: 1 s or more from the first to the fourth")
print(f"seen:     {seconds:.2f} s")
sys.exit(not seconds < 0.8)
PYTHON
