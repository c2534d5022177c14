#!/usr/bin/env bash
# prometheus_client: an increment that is refused for its exemplar has been counted all the same.
#
# Guess: inc(1, exemplar) with an exemplar that is too long raises ValueError and changes nothing, as a negative increment does.
# Instead: the counter is increased first, then the exemplar is looked at. Whoever catches the error and counts again without it counts twice;
# an observe() of a histogram does the same. The message still has its "%d" in it.
# Hurts: exemplars made of ids of varying length (trace id and job name): numbers that are too high exactly where something was wrong.
# Source: Counter.inc and Histogram.observe in prometheus_client/metrics.py; limit of 128 characters in OpenMetrics 1.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "prometheus_client==0.26.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram

registry = CollectorRegistry()
exemplar = {"trace_id": "0" * 32, "job": "x" * 100}
counter, histogram = Counter("jobs", "jobs", registry=registry), Histogram("wait", "seconds", registry=registry)
for call in (counter.inc, histogram.observe):
    try:
        call(1, exemplar)
    except ValueError as error:
        print("raised:  ", error)
        call(1)
seen = {name: registry.get_sample_value(name) for name in ("jobs_total", "wait_count")}
print("prometheus_client", version("prometheus_client"))
print("expected: {'jobs_total': 1.0, 'wait_count': 1.0}")
print(f"seen:     {seen}")
sys.exit(seen != {"jobs_total": 2.0, "wait_count": 2.0})
PYTHON
