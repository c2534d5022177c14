#!/usr/bin/env bash
# taskiq: max_retries=1 is no retry at all.
#
# Guess: max_retries is the number of runs after the first one, as in Celery, Dramatiq, RQ and huey: 1 means two runs, 3 four.
# Instead: the runs are counted. retry_on_error=True with max_retries=1 fails for good after the first run; a default_retry_count of 3 makes three.
# Hurts: "once more, in case the network blinked" never happens, and a move from another library loses one try each.
# Source: SimpleRetryMiddleware.on_error in taskiq (retries = count + 1, compared with <).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "taskiq==0.13.0"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import logging
import sys
from importlib.metadata import version

from taskiq import InMemoryBroker
from taskiq.middlewares import SimpleRetryMiddleware

logging.disable(logging.CRITICAL)
broker = InMemoryBroker(await_inplace=True).with_middlewares(SimpleRetryMiddleware(default_retry_count=3))
runs = {"max_retries=1": 0, "default_retry_count=3": 0}


@broker.task(retry_on_error=True, max_retries=1)
async def one() -> None:
    runs["max_retries=1"] += 1
    raise ValueError


@broker.task(retry_on_error=True)
async def three() -> None:
    runs["default_retry_count=3"] += 1
    raise ValueError


async def main():
    for task in (one, three):
        await (await task.kiq()).wait_result(timeout=10)


asyncio.run(main())
print("taskiq", version("taskiq"))
print("expected: {'max_retries=1': 2, 'default_retry_count=3': 4}")
print(f"seen:     {runs}")
sys.exit(runs != {"max_retries=1": 1, "default_retry_count=3": 3})
PYTHON
