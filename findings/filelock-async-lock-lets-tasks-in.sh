#!/usr/bin/env bash
# filelock: three tasks of one process are inside one AsyncFileLock at the same time.
#
# Guess: `async with lock:` is for asyncio what `with lock:` is for threads: one task is inside, the others wait.
# Instead: who has the lock is the object, not the task. While one task is inside, the next one that enters finds its own object locked, counts
# one up and goes on. The file is locked against other processes only; a lock object for each task does keep the tasks apart.
# Hurts: one module-level lock around "read the file, await, write it back" in an async web app: updates are lost, and only under load.
# Source: filelock/_async_lock: one context with one lock_counter for all that use the object.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "filelock==4.3.1"
"$folder/venv/bin/python" - "$folder/lock" <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

from filelock import AsyncFileLock


async def most_inside(locks):
    inside, most = 0, 0
    all_tried = asyncio.Event()

    async def task(lock):
        nonlocal inside, most
        async with lock:
            inside += 1
            most = max(most, inside)
            if inside == len(locks):
                all_tried.set()
            try:
                await asyncio.wait_for(all_tried.wait(), 1)
            except TimeoutError:
                pass
            inside -= 1

    await asyncio.gather(*(task(lock) for lock in locks))
    return most


shared = asyncio.run(most_inside([AsyncFileLock(sys.argv[1])] * 3))
own = asyncio.run(most_inside([AsyncFileLock(sys.argv[1]) for _ in range(3)]))
print("filelock", version("filelock"))
print("expected: 1 task inside one shared lock")
print(f"seen:     {shared} tasks inside one shared lock, {own} where each has an object of its own")
sys.exit((shared, own) != (3, 1))
PYTHON
