"""What many open tabs cost: the dashboard in N of them while jobs run that report 20 times a second.

    python -m bench.tabs                          200 tabs, 20 jobs, 30 seconds
    python -m bench.tabs --tabs 50 --soak 600     the same with 50, then 600 s of opening and closing pages

A tab here is no browser (`bench/tab.py`): what a browser draws is not in it. All of them are one process beside the
server, so it takes some of the processor that the server could have.

Prints how many were connected at the end, the memory of the web process for each tab (PSS, once they had settled), the
processor of that process while the jobs ran, and how long it takes from `ctx.progress` in a worker until a tab has it:
the worker tells 10 times a second and a page is told 5 times a second, so up to 0.3 s of it is waiting by design. With
`--soak` also the memory before and after. Needs Linux and the packages of requirements-dev.lock. Run by hand.
"""

import argparse
import asyncio
import gc
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from bench import arguments, ending
from bench.tab import Tab

TREE = Path(__file__).parents[1]
READY_SECONDS = 180.0
SETTLE_SECONDS = 10.0
TABS_AT_ONCE = 10
PAGES = ("/", "/history", "/workers", "/insights", "/schedules")


async def measure(address: str, web: psutil.Process, *, tabs: int, jobs: int, seconds: int, soak: int) -> None:
    """Open the tabs, let the jobs run, and print what that took."""
    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=TABS_AT_ONCE)) as http:
        warm = Tab(address)
        await warm.open(http)
        await asyncio.sleep(SETTLE_SECONDS)
        await warm.close()
        await asyncio.sleep(SETTLE_SECONDS)
        empty = _megabytes(web)
        opened = [Tab(address) for _ in range(tabs)]
        began = time.monotonic()
        for first in range(0, tabs, TABS_AT_ONCE):
            await asyncio.gather(*(tab.open(http) for tab in opened[first : first + TABS_AT_ONCE]))
        _say(f"{tabs} tabs were opened in {time.monotonic() - began:.1f} s")
        await asyncio.sleep(SETTLE_SECONDS)
        full = _megabytes(web)
        _say(f"memory of the web process: {empty:.0f} MB, with the tabs {full:.0f} MB: ")
        _say(f"    {(full - empty) * 1000 / tabs:.0f} kB a tab (goal: 500)")
        lifetime = int(seconds + 3 * SETTLE_SECONDS)
        body = {"params": {"seconds": lifetime}}
        for _ in range(jobs):
            (await http.post(f"{address}/api/v1/kinds/tick/start", json=body)).raise_for_status()
        await asyncio.sleep(SETTLE_SECONDS)
        await _watch(web, opened, seconds)
        running = (await http.get(f"{address}/api/v1/jobs?state=running&limit=1")).json()["count"]
        _say(f"{sum(tab.is_connected for tab in opened)} of {tabs} tabs are connected, {running} jobs run")
        await asyncio.gather(*(tab.close() for tab in opened))
        if soak:
            await _soak(http, address, web, soak)


async def _watch(web: psutil.Process, tabs: Sequence[Tab], seconds: int) -> None:
    own = psutil.Process()
    used, own_used, heard = _used(web), _used(own), sum(tab.messages for tab in tabs)
    began = time.monotonic()
    for tab in tabs:
        tab.is_measured = True
    gc.disable()  # pauses of this process would count as the server's
    await asyncio.sleep(seconds)
    gc.enable()
    took = time.monotonic() - began
    for tab in tabs:
        tab.is_measured = False
    _say(f"processor of the web process: {(_used(web) - used) / took:.0%} of a core (goal: 40 %)")
    _say(f"    of these tabs, which are not the server's: {(_used(own) - own_used) / took:.0%}")
    _say(f"    {(sum(tab.messages for tab in tabs) - heard) / took / max(len(tabs), 1):.1f} messages a second to each")
    if taken := sorted(one for tab in tabs for one in tab.seconds):
        late = taken[round(0.95 * (len(taken) - 1))]
        median = statistics.median(taken)
        _say(f"ctx.progress → tab: p50 {median * 1000:.0f} ms, p95 {late * 1000:.0f} ms, {len(taken):,} times")
    _say(f"load average {os.getloadavg()[0]:.1f}")


async def _soak(http: httpx.AsyncClient, address: str, web: psutil.Process, seconds: int) -> None:
    """Open and close pages, and look whether the memory grows: the first fifth is not counted."""
    began, opened, first = time.monotonic(), 0, 0.0
    while (passed := time.monotonic() - began) < seconds:
        tabs = [Tab(address) for _ in PAGES]
        await asyncio.gather(*(tab.open(http, path) for tab, path in zip(tabs, PAGES, strict=True)))
        await asyncio.sleep(0.5)
        await asyncio.gather(*(tab.close() for tab in tabs))
        opened += len(tabs)
        if not first and passed > seconds / 5:
            await asyncio.sleep(SETTLE_SECONDS)
            first, counted = _megabytes(web), opened
    await asyncio.sleep(2 * SETTLE_SECONDS)
    last = _megabytes(web)
    _say(f"{opened} pages were opened and closed in {seconds} s")
    _say(f"    memory of the web process: {first:.0f} MB after {counted}, {last:.0f} MB at the end")


def main() -> int:
    """Start Jobdeck on an empty folder, measure, and end it."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tabs", type=arguments.at_least(1), default=200, help="(200)")
    parser.add_argument("--jobs", type=arguments.at_least(1), default=20, help="that run (20)")
    parser.add_argument("--seconds", type=arguments.at_least(1), default=30, help="of measuring (30)")
    parser.add_argument("--soak", type=int, default=0, help="seconds of opening and closing pages afterwards (0)")
    asked = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        threads = str(-(-asked.jobs // 2))
        command = [sys.executable, "main.py", "--no-open", "--port", str(port), "--data-dir", folder]
        command += ["--processes", "2", "--threads", threads, "--jobs", str(TREE / "bench/ticking_jobs.py")]
        process = subprocess.Popen(command, cwd=TREE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(address, process)
            _say(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before")
            web = _web_of(process.pid)
            asyncio.run(measure(address, web, tabs=asked.tabs, jobs=asked.jobs, seconds=asked.seconds, soak=asked.soak))
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=60)
            process.kill()
    return 0


def _wait_until_ready(address: str, process: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while True:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{address}/health/ready").status_code == httpx.codes.OK:
                return
        if process.poll() is not None or time.monotonic() - began > READY_SECONDS:
            raise SystemExit("Jobdeck does not become ready.")
        time.sleep(0.1)


def _web_of(pid: int) -> psutil.Process:
    return next(one for one in psutil.Process(pid).children(recursive=True) if "web" in one.cmdline())


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 1e6


def _used(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
