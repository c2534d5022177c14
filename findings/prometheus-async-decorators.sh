#!/usr/bin/env bash
# prometheus_client: its decorators measure nothing of an async function or a generator, and say nothing.
#
# Guess: `@histogram.time()`, `@gauge.track_inprogress()` and `@counter.count_exceptions()` work on `async def`, as on `def`, or refuse it.
# Instead: they wrap the call that makes the coroutine. The histogram gets some microseconds, the gauge is back at 0 before the work begins,
# exceptions are not counted. The same objects as `with` blocks inside the function are right.
# Hurts: async handlers and tasks look immediate, idle and free of errors on every dashboard.
# Source: prometheus_client/context_managers.py wraps with decorate() and calls the function inside `with self`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "prometheus_client==0.26.0"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry()
read = registry.get_sample_value
seconds = Histogram("work_seconds", "time", registry=registry)
running = Gauge("running", "in progress", registry=registry)
errors = Counter("errors", "exceptions", registry=registry)
during = []


@errors.count_exceptions()
@running.track_inprogress()
@seconds.time()
async def work():
    during.append(read("running"))
    await asyncio.sleep(0.2)
    raise ValueError


async def main():
    await asyncio.gather(work(), return_exceptions=True)


asyncio.run(main())
seen = {"seconds": round(read("work_seconds_sum"), 2), "running": during[0], "errors": read("errors_total")}
print("prometheus_client", version("prometheus_client"))
print("expected: {'seconds': 0.2, 'running': 1.0, 'errors': 1.0}")
print(f"seen:     {seen}")
sys.exit(seen != {"seconds": 0.0, "running": 0.0, "errors": 0.0})
PYTHON
