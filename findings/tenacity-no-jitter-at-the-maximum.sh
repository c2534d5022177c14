#!/usr/bin/env bash
# tenacity: once the wait has reached its maximum it has no jitter any more.
#
# Guess: wait_exponential_jitter(initial=1, max=10, jitter=3) spreads all retries, the late ones too.
# Instead: the maximum is applied after the jitter, so from the fifth attempt on every client waits 10 s exactly. wait_random_exponential goes on spreading.
# Hurts: the long outage that jitter is for: after a while thousands of workers ask again in step, each 10 s, and hold the server down.
# Source: min(max, exponential + jitter) in tenacity's wait_exponential_jitter.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tenacity==9.2.1"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version
from types import SimpleNamespace

from tenacity import wait_exponential_jitter, wait_random_exponential

CLIENTS, ATTEMPTS = 50, 9


def spread(waits):
    return [len(set(of_attempt)) > 1 for of_attempt in zip(*waits, strict=True)]


def by_tenacity(wait):
    return spread([[wait(SimpleNamespace(attempt_number=n)) for n in range(1, ATTEMPTS + 1)] for _ in range(CLIENTS)])


seen = {
    "wait_exponential_jitter": by_tenacity(wait_exponential_jitter(initial=1, max=10, jitter=3)),
    "wait_random_exponential": by_tenacity(wait_random_exponential(multiplier=1, max=10)),
}
print("tenacity", version("tenacity"))
print("expected: the waits of 50 clients differ at each of nine attempts")
for name, differs in seen.items():
    print(f"seen:     {name}: they differ at attempts {[number for number, yes in enumerate(differs, 1) if yes]}")
in_step = [name for name, differs in seen.items() if not any(differs[-4:]) and all(differs[:3])]
sys.exit(in_step != ["wait_exponential_jitter"])
PYTHON
