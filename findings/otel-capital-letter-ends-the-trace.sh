#!/usr/bin/env bash
# OpenTelemetry: a header written "Traceparent" in a dict is not found, so the trace ends there.
#
# Guess: names of HTTP headers know no capitals, so extract({"Traceparent": ...}) finds the trace; W3C Trace Context
# wants the name to be taken in upper, lower and mixed case.
# Instead: a dict is asked for "traceparent" alone. "Traceparent" and "TRACEPARENT" give an empty context, without a warning, and the next span begins a new trace.
# The same headers in a mapping that ignores case are found.
# Hurts: http.server, gateways and brokers that hand on headers as they were written (Go writes "Traceparent"): traces are in two halves.
# Source: DefaultGetter of opentelemetry/propagators/textmap.py is carrier.get(key).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-api==1.45.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from email.message import Message
from importlib.metadata import version

from opentelemetry import propagate, trace

VALUE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def found(carrier):
    return trace.get_current_span(propagate.extract(carrier)).get_span_context().is_valid


of_http_server = Message()
of_http_server["Traceparent"] = VALUE
seen = {name: found({name: VALUE}) for name in ("traceparent", "Traceparent", "TRACEPARENT")}
by_mapping, by_dict = found(of_http_server), found(dict(of_http_server.items()))
print("opentelemetry-api", version("opentelemetry-api"))
print("expected: found in each spelling")
print(f"seen:     {seen}; in the headers of http.server {by_mapping}, in a dict of the same {by_dict}")
sys.exit(list(seen.values()) != [True, False, False] or (by_mapping, by_dict) != (True, False))
PYTHON
