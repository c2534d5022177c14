"""What Jobdeck takes while nobody uses it, and how long its start takes, for one or more builds in turn.

    python -m bench.idle                               this tree
    python -m bench.idle before=../before here=.       two trees, one after the other in each round

Each build starts once on an empty data folder, which is not measured. Then each round starts it again on that folder
and prints: seconds until `/health/ready`, the processor seconds that all its processes used until then, and, after it
has settled, memory (PSS, MB) of all of them and processor seconds a minute. No tab is open. At the end come the medians
of the rounds. Needs Linux and the packages of requirements-dev.lock. Run by hand.
"""

import argparse
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil

from bench import arguments, ending

READY_SECONDS = 180.0
SETTLE_SECONDS = 10.0
ROLES = ("web", "worker", "scheduler", "template")
Figures = dict[str, float]


def main() -> None:
    """Measure the builds that were named, and print a table."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="*", default=["here=."], metavar="NAME=FOLDER", help="trees with a .venv")
    parser.add_argument("--rounds", type=arguments.at_least(1), default=5, metavar="N", help="(5)")
    parser.add_argument("--idle", type=arguments.at_least(1), default=30, metavar="SECONDS", help="measured idle (30)")
    asked = parser.parse_args()
    builds = {name: Path(folder).resolve() for name, _, folder in (one.partition("=") for one in asked.builds)}
    taken: dict[str, list[Figures]] = defaultdict(list)
    sys.stdout.write(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the first run\n")
    with tempfile.TemporaryDirectory() as place:
        for name, tree in builds.items():
            one_run(tree, Path(place, name), idle_seconds=0)
        for number in range(asked.rounds):
            for name, tree in list(builds.items())[:: 1 if number % 2 == 0 else -1]:
                taken[name].append(one_run(tree, Path(place, name), idle_seconds=asked.idle))
                sys.stdout.write(f"round {number + 1}, {name}: {_line(taken[name][-1])}\n")
                sys.stdout.flush()
    for name, rounds in taken.items():
        median = {what: statistics.median(one.get(what, 0.0) for one in rounds) for what in rounds[0]}
        sys.stdout.write(f"median, {name}: {_line(median)}\n")


def one_run(tree: Path, folder: Path, *, idle_seconds: int) -> Figures:
    """Start a build on a data folder, measure it, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # What Python has compiled it keeps, as `make setup` does: else each start would compile all of Jobdeck anew.
    left_out = ("JOBDECK_", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    command = [str(tree / ".venv/bin/python"), str(tree / "main.py"), "--no-open", "--port", str(port)]
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "--data-dir", str(folder)],
        cwd=tree,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.monotonic() > began + READY_SECONDS:
                raise SystemExit(f"{tree} does not become ready")
            time.sleep(0.02)
        parent = psutil.Process(process.pid)
        figures = {"ready, s": time.monotonic() - began, "processor until then, s": _used(parent)}
        if idle_seconds:
            time.sleep(SETTLE_SECONDS)
            before = _used(parent)
            time.sleep(idle_seconds)
            figures["idle, s a minute"] = (_used(parent) - before) * 60 / idle_seconds
            figures |= _memory(parent)
        return figures
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        process.kill()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _family(parent: psutil.Process) -> list[psutil.Process]:
    return [parent, *parent.children(recursive=True)]


def _used(parent: psutil.Process) -> float:
    """Return the processor seconds of all processes, with those of their children that have ended."""
    return sum(sum(one.cpu_times()[:4]) for one in _family(parent))


def _memory(parent: psutil.Process) -> Figures:
    taken: Figures = defaultdict(float)
    for one in _family(parent):
        words = one.cmdline()
        role = "main" if one == parent else next((each for each in ROLES if each in words[1:]), "others")
        taken[f"{role}, MB"] += one.memory_full_info().pss / 1e6
    return {"all, MB": sum(taken.values()), **taken}


def _line(figures: Figures) -> str:
    return "; ".join(f"{what} {figure:.2f}" for what, figure in figures.items())


if __name__ == "__main__":
    main()
