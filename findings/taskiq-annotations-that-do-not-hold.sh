#!/usr/bin/env bash
# taskiq: an argument that does not fit its annotation is handed to the task as it came.
#
# Guess: taskiq reads arguments by the annotations ("5" for an int arrives as 5, a dict as the Pydantic model), so what does not fit makes the task fail
# before it runs.
# Instead: the conversion is tried, and where it fails the raw value is used. `x: int` gets "abc", `job: Job` gets a dict without the field. The task
# runs and fails somewhere inside, or succeeds with the wrong type, as here.
# Hurts: a message of an older sender after a rename of a field: an AttributeError deep in the task, or a wrong row.
# Source: parse_params in taskiq/receiver/params_parser.py (a ValueError is logged as a warning).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "taskiq==0.13.0" "pydantic==2.14.4"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import logging
import sys
from importlib.metadata import version

import pydantic
from taskiq import InMemoryBroker

logging.disable(logging.WARNING)
broker = InMemoryBroker(await_inplace=True)


class Job(pydantic.BaseModel):
    name: str


@broker.task
async def work(number: int, job: Job) -> str:
    return f"{type(number).__name__} {type(job).__name__}"


async def main():
    found = []
    for arguments in (("5", {"name": "a"}), ("abc", {"title": "a"})):
        result = await (await work.kiq(*arguments)).wait_result(timeout=10)
        found.append("failed" if result.is_err else result.return_value)
    return found


seen = asyncio.run(main())
print("taskiq", version("taskiq"))
print("expected: ['int Job', 'failed']")
print(f"seen:     {seen}")
sys.exit(seen != ["int Job", "str dict"])
PYTHON
