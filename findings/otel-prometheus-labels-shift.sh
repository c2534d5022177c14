#!/usr/bin/env bash
# OpenTelemetry's Prometheus exporter: labels get each other's values when two meters have an instrument of one name.
#
# Guess: a counter "jobs" of two meters, one with the attribute "kind", the other with "zone", comes out as two series, each with its own label.
# Instead: the labels' names are those of the first meter's series, the values are the second's by position. The meter's name stands under
# "kind", the value of "zone" under otel_scope_version, and "zone" is nowhere. Within one meter the same mix of attributes is right.
# Hurts: two libraries that each count "requests" or "jobs": a dashboard by kind shows names of meters as kinds, silently.
# Source: the reader of opentelemetry-exporter-prometheus, which makes one family of all metrics with one name and adds later values by position;
# the symptom is in open-telemetry/opentelemetry-python#4419.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-exporter-prometheus==0.66b2" "opentelemetry-sdk==1.45.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import REGISTRY

provider = MeterProvider([PrometheusMetricReader()])
for meter, attribute in (("billing", "kind"), ("mail", "zone")):
    provider.get_meter(meter).create_counter("jobs").add(1, {attribute: f"{attribute} of {meter}"})
seen = [
    {name: value for name, value in sample.labels.items() if value}
    for family in REGISTRY.collect()
    for sample in family.samples
    if sample.name == "jobs_total"
]
print("opentelemetry-exporter-prometheus", version("opentelemetry-exporter-prometheus"))
print("expected: the second has zone='zone of mail' and otel_scope_name='mail'")
print(f"seen:     {seen}")
sys.exit(seen[1] != {"kind": "mail", "otel_scope_version": "zone of mail"})
PYTHON
