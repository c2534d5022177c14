"""What jobs that wait cost: how soon an urgent one begins behind them, memory, processor, the order of their starts.

    python -m bench.waiting                     20,000 and then 100,000 jobs that wait, on SQLite
    python -m bench.waiting 5000 10000 --database postgresql+psycopg://...

An instance with two workers of four threads runs jobs of 20 ms, of which one job starts as many at once as are missing.
Printed, once while nothing waits and for each number: milliseconds from the start of a job of high priority to its
first line (p50, p95), memory (PSS, MB) and processor seconds a minute of the web process, the workers, the scheduler
and Valkey. At the end: how many places a job that waited began before or after its turn, at most. While all threads are
busy an urgent job waits for one that comes free: compare the numbers with each other. Needs Linux and the packages of
requirements-dev.lock. Run by hand.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from bench import arguments, ending
from bench.instance import Instance, percentile, running

KINDS = '''
import time

from app.queue import JobContext, job

A_CALL = 1000


@job
def nap(ctx: JobContext) -> None:
    """Take 20 ms."""
    time.sleep(0.02)


@job(priority="high")
def urgent(ctx: JobContext) -> None:
    """Hurry."""


@job
def crowd(ctx: JobContext, size: int) -> None:
    """Start so many naps."""
    for begin in range(0, size, A_CALL):
        ctx.start_many("nap", [{}] * min(A_CALL, size - begin))
'''
ROLES = ("web", "worker", "scheduler", "valkey")
URGENT = 60
SETTLE_SECONDS = 10.0
WATCHED_SECONDS = 20.0
WEB_PATH = "/api/v1"


def main() -> None:
    """Measure, and print what was seen."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", type=arguments.at_least(1000), default=[20_000, 100_000], metavar="N")
    parser.add_argument("--database", metavar="URL", help="an empty one; postgresql+psycopg://...")
    asked = parser.parse_args()
    sys.stdout.write(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before\n")
    with tempfile.TemporaryDirectory() as folder:
        kinds = Path(folder, "naps.py")
        kinds.write_text(KINDS, encoding="utf-8")
        with running(Path(folder, "data"), "--jobs", str(kinds), database=asked.database) as instance:
            time.sleep(SETTLE_SECONDS)
            _tell(instance)
            for jobs in asked.jobs:
                began = time.monotonic()
                crowd = _start(instance, "crowd", {"size": jobs - _waiting(instance)})
                while _ask(instance, "GET", f"/jobs/{crowd}")["state"] != "succeeded":
                    time.sleep(0.2)
                sys.stdout.write(f"started within {time.monotonic() - began:.0f} s; ")
                _tell(instance)
            sys.stdout.write(f"{_order(instance)}\n")


def _tell(instance: Instance) -> None:
    waiting = _waiting(instance)
    before, began = _used(instance), time.monotonic()
    time.sleep(WATCHED_SECONDS)
    minutes = (time.monotonic() - began) / 60
    used = {role: (seconds - before[role]) / minutes for role, seconds in _used(instance).items()}
    picked = [_pick_up(instance) for _ in range(URGENT)]
    sys.stdout.write(f"{waiting:,} to {_waiting(instance):,} wait: an urgent job begins after ")
    sys.stdout.write(f"{percentile(picked, 50):.1f} ms (p95 {percentile(picked, 95):.1f}); ")
    sys.stdout.write(f"MB: {_line(_memory(instance))}; processor seconds a minute: {_line(used)}\n")
    sys.stdout.flush()


def _pick_up(instance: Instance) -> float:
    job_id = _start(instance, "urgent", {})
    while (job := _ask(instance, "GET", f"/jobs/{job_id}"))["state"] != "succeeded":
        time.sleep(0.02)
    time.sleep(0.1)
    return (datetime.fromisoformat(job["started_at"]) - datetime.fromisoformat(job["created_at"])).total_seconds() * 1e3


def _order(instance: Instance) -> str:
    """Say how far those that began last were from their turn: the order of their ids."""
    page = _ask(instance, "GET", "/jobs?kind=nap&state=succeeded&sort=-started_at&limit=200")
    begun = [job["id"] for job in reversed(page["items"])]
    places = {job_id: place for place, job_id in enumerate(sorted(begun))}
    most = max(abs(places[job_id] - place) for place, job_id in enumerate(begun))
    return f"of the last {len(begun)} that ended one began {most} places from its turn, at most"


def _waiting(instance: Instance) -> int:
    """Return how many naps are queued, as `/metrics` says: lists and queues count no further than some thousands."""
    connection = http.client.HTTPConnection(*instance.address, timeout=60)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    told = 'jobdeck_jobs{kind="nap",state="queued"} '
    return sum(int(float(line.removeprefix(told))) for line in lines if line.startswith(told))


def _start(instance: Instance, kind: str, params: dict[str, Any]) -> int:
    return int(_ask(instance, "POST", f"/kinds/{kind}/start", {"params": params})["id"])


def _ask(instance: Instance, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    connection = http.client.HTTPConnection(*instance.address, timeout=60)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, WEB_PATH + path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told: dict[str, Any] = json.load(answer)
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise SystemExit(f"{method} {path}: {told}")
    return told


def _processes(instance: Instance) -> list[tuple[str, psutil.Process]]:
    main = instance.web.parent()
    assert main is not None
    found = []
    for one in main.children(recursive=True):
        words = one.cmdline()
        role = next((role for role in ROLES if role in words[1:4] or role in Path((words or [""])[0]).name), None)
        if role is not None:
            found.append((role, one))
    return found


def _used(instance: Instance) -> dict[str, float]:
    used: dict[str, float] = defaultdict(float)
    for role, one in _processes(instance):
        used[role] += sum(one.cpu_times()[:2])
    return used


def _memory(instance: Instance) -> dict[str, float]:
    taken: dict[str, float] = defaultdict(float)
    for role, one in _processes(instance):
        taken[role] += one.memory_full_info().pss / 1e6
    return taken


def _line(figures: dict[str, float]) -> str:
    return ", ".join(f"{role} {figures[role]:.1f}" for role in ROLES)


if __name__ == "__main__":
    main()
