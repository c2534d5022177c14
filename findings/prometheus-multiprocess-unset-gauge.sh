#!/usr/bin/env bash
# prometheus_client, several processes: a gauge that a process declared and never set counts as 0 in "min" and "max".
#
# Guess: multiprocess_mode="min" is the least value that some process has set, "max" the greatest.
# Instead: declaring a gauge writes a 0 for its process. With one worker at 5 free slots and one that has not set any, "min" is 0; with one at -5,
# "max" is 0. "mostrecent" does know who never set it.
# Hurts: alerts on "least free slots" or "oldest heartbeat" fire at each start of a worker, and while one has nothing to report.
# Source: MmapedValue in prometheus_client/values.py initialises each key with 0; the limits listed for multiprocess
# mode in its docs do not name it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "prometheus_client==0.26.0"
"$folder/venv/bin/python" - <<'PYTHON'
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version

worker = """
import sys
from prometheus_client import Gauge
free = Gauge("free", "slots", multiprocess_mode="min")
skew = Gauge("skew", "seconds", multiprocess_mode="max")
recent = Gauge("recent", "value", multiprocess_mode="mostrecent")
if sys.argv[1] == "first":
    free.set(5), skew.set(-5), recent.set(7)
"""
with tempfile.TemporaryDirectory() as folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    for name in ("first", "second"):
        subprocess.run([sys.executable, "-c", worker, name], check=True)
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    seen = {name: registry.get_sample_value(name) for name in ("free", "skew", "recent")}
print("prometheus_client", version("prometheus_client"))
print("expected: {'free': 5.0, 'skew': -5.0, 'recent': 7.0}")
print(f"seen:     {seen}")
sys.exit(seen != {"free": 0.0, "skew": 0.0, "recent": 7.0})
PYTHON
