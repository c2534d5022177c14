#!/usr/bin/env bash
# OpenTelemetry's OTLP exporter: OTEL_EXPORTER_OTLP_TIMEOUT=10000 waits for nearly three hours.
#
# Guess: the variable is in milliseconds, as the specification says (10000 is its default) and as OTEL_BSP_EXPORT_TIMEOUT and
# OTEL_METRIC_EXPORT_INTERVAL of the same SDK are.
# Instead: the Python exporter reads seconds, so a request may take 10,000 s. With OTEL_EXPORTER_OTLP_TIMEOUT=10, right here, an SDK of another
# language in the same deployment has ten milliseconds.
# Hurts: one environment for services of several languages: a collector that does not answer holds the thread that exports, and the end of the process.
# Source: open-telemetry/opentelemetry-python#4044 and #5531.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-exporter-otlp-proto-http==1.45.2" "opentelemetry-sdk==1.45.2"
OTEL_EXPORTER_OTLP_TIMEOUT=10000 "$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor


class Noting(requests.Session):
    """A session that sends nothing and keeps how long it would wait."""

    def request(self, *_, timeout=None, **__):
        waits.append(timeout)
        answer = requests.Response()
        answer.status_code = 200
        return answer


waits = []
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint="http://127.0.0.1:9", session=Noting())))
provider.get_tracer("finding").start_span("job").end()
print("opentelemetry-exporter-otlp-proto-http", version("opentelemetry-exporter-otlp-proto-http"))
print("expected: the request may take 10 s")
print(f"seen:     the request may take {waits[0]:.0f} s")
sys.exit(round(waits[0]) != 10_000)
PYTHON
