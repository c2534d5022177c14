#!/usr/bin/env bash
# prometheus_client: one NaN takes a histogram's sum away for good, and is not among its count.
#
# Guess: observe(nan) is refused or ignored (OpenTelemetry's Python histogram ignores it), or at least counted.
# Instead: the sum is NaN until the process ends, and so is every mean; no bucket and no count has the observation. A summary does count it.
# Hurts: a ratio 0/0 or a missing measure once at night, and rate(sum)/rate(count) is an empty panel until the next restart.
# Source: Histogram.observe in prometheus_client/metrics.py (the sum is increased first, then the first bucket with amount <= bound).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "prometheus_client==0.26.0"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Histogram, Summary

registry = CollectorRegistry()
for name, kind in (("h", Histogram), ("s", Summary)):
    metric = kind(name, "seconds", registry=registry)
    for value in (1.0, float("nan"), 2.0):
        metric.observe(value)
seen = {name: registry.get_sample_value(name) for name in ("h_sum", "h_count", "s_count")}
print("prometheus_client", version("prometheus_client"))
print("expected: h_sum 3.0 (ignored), or a count of 3 in both")
print(f"seen:     {seen}")
sys.exit(str(seen) != "{'h_sum': nan, 'h_count': 2.0, 's_count': 3.0}")
PYTHON
