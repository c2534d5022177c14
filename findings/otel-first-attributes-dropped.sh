#!/usr/bin/env bash
# OpenTelemetry: beyond the limit of attributes or events a span forgets the first ones, not the new ones.
#
# Guess: at 128 attributes further ones are discarded, as the specification says, so the identity that is set first (job id, queue) is safe.
# Instead: each new attribute pushes out the oldest. After 200 attributes the first 72 are gone, and so is "job.id". Events go the same way:
# the first 72 of 200 are lost.
# Hurts: a long job that notes each step as an attribute or event ends as a span that nobody can find by its id, and whose beginning is missing.
# Source: BoundedAttributes in opentelemetry/attributes; OpenTelemetry specification, "Attribute limits" (MUST discard that attribute).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-sdk==1.45.2"
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import sys
from importlib.metadata import version

from opentelemetry.sdk.trace import TracerProvider

logging.disable(logging.WARNING)
span = TracerProvider().get_tracer("finding").start_span("long job", attributes={"job.id": 7})
for step in range(200):
    span.set_attribute(f"step.{step}", "done")
    span.add_event(f"event {step}")
seen = {"job.id is there": "job.id" in span.attributes, "attributes": len(span.attributes), "first event": span.events[0].name}
print("opentelemetry-sdk", version("opentelemetry-sdk"))
print("expected: job.id is there, 128 attributes, the first event is 'event 0'")
print(f"seen:     {seen}")
sys.exit(seen != {"job.id is there": False, "attributes": 128, "first event": "event 72"})
PYTHON
