#!/usr/bin/env bash
# OpenTelemetry: a second observable gauge of the same name is never asked, and nothing says so.
#
# Guess: two parts of a program that each make the gauge "queued" with a callback of their own are both in it, as two counters of one name are;
# or the second is refused.
# Instead: the second call returns an instrument and logs no warning, and its callback is never called. Its queue is missing from the figures.
# Hurts: "one gauge per queue, made where the queue is": only the first queue is on the dashboard, and which one depends on the order of imports.
# Source: create_observable_gauge in opentelemetry/sdk/metrics/_internal returns the instrument that is there, and warns only where unit, kind or text differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-sdk==1.45.2"
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader


class Noting(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())


warnings = []
logging.basicConfig(level=logging.WARNING, handlers=[Noting()])
reader = InMemoryMetricReader()
meter = MeterProvider([reader]).get_meter("program")
for queue in ("mail", "pictures"):
    meter.create_observable_gauge("queued", callbacks=[lambda _, queue=queue: [Observation(5, {"queue": queue})]])
    meter.create_counter("done").add(1, {"queue": queue})
metrics = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
seen = {metric.name: sorted(point.attributes["queue"] for point in metric.data.data_points) for metric in metrics}
print("opentelemetry-sdk", version("opentelemetry-sdk"))
print("expected: both queues in both, or an error or a warning")
print(f"seen:     {seen}, {len(warnings)} warnings")
sys.exit(seen != {"queued": ["mail"], "done": ["mail", "pictures"]} or bool(warnings))
PYTHON
