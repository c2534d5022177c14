#!/usr/bin/env bash
# OpenTelemetry: the span of work that was cancelled or left by sys.exit looks as if all had gone well.
#
# Guess: `with tracer.start_as_current_span(...)` records whatever leaves the block and sets the status to error, as it does for ValueError.
# Instead: only subclasses of Exception count. asyncio.CancelledError (a cancelled task, a time limit by asyncio.timeout inside the block),
# SystemExit(1) and KeyboardInterrupt leave a span without an event and with the status UNSET.
# Hurts: traces of jobs: those that were cancelled, ran into their time limit or were shut down are counted among the good ones.
# Source: `except Exception` in start_as_current_span/use_span of opentelemetry-api (record_exception, set_status_on_exception).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-sdk==1.45.2"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("finding")


async def cancelled():
    async def work():
        with tracer.start_as_current_span("CancelledError"):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


asyncio.run(cancelled())
for leaving in (SystemExit(1), KeyboardInterrupt(), ValueError()):
    try:
        with tracer.start_as_current_span(type(leaving).__name__):
            raise leaving
    except BaseException:
        pass
seen = {span.name: (span.status.status_code.name, len(span.events)) for span in exporter.get_finished_spans()}
print("opentelemetry-sdk", version("opentelemetry-sdk"))
print("expected: status ERROR and one event for each")
print(f"seen:     {seen}")
quiet = ("UNSET", 0)
sys.exit(seen != {"CancelledError": quiet, "SystemExit": quiet, "KeyboardInterrupt": quiet, "ValueError": ("ERROR", 1)})
PYTHON
