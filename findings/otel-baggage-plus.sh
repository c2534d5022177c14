#!/usr/bin/env bash
# OpenTelemetry: baggage is written and read as a web form, not percent-encoded, so a space or a plus changes on the way to another language.
#
# Guess: a space is sent as %20 (W3C Baggage asks for percent-encoding), and a literal "+", which is allowed there, stays a plus.
# Instead: Python sends a space as "+" and reads "+" as a space. Python to Python agrees with itself. Node's propagator of the same project reads
# "night run" as "night+run", and Python reads Node's "2026-01-01T09:00:00+01:00" with a space where the plus was.
# Hurts: tenant names, job names, times and e-mail addresses in baggage between a Python worker and a service in another language.
# Source: quote_plus/unquote_plus in opentelemetry/baggage/propagation; W3C Baggage, section "value"; decodeURIComponent in the JavaScript one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-api==1.45.2"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version
from urllib.parse import unquote

from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator

propagator = W3CBaggagePropagator()
sent = {}
propagator.inject(sent, baggage.set_baggage("job", "night run"))
elsewhere = unquote(sent["baggage"].removeprefix("job="))
when = baggage.get_baggage("at", propagator.extract({"baggage": "at=2026-01-01T09:00:00+01:00"}))
print("opentelemetry-api", version("opentelemetry-api"))
print("expected: 'night run' where it is percent-decoded, and 2026-01-01T09:00:00+01:00 from a header that has it so")
print(f"seen:     header {sent['baggage']!r}, percent-decoded {elsewhere!r}; read {when!r}")
sys.exit((elsewhere, when) != ("night+run", "2026-01-01T09:00:00 01:00"))
PYTHON
