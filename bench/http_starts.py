"""How many jobs are started over HTTP in a second, by one program and by sixteen at once, for builds in turn.

    python -m bench.http_starts                               this tree
    python -m bench.http_starts before=../before here=.       two trees, one after the other in each round

Each round runs each build on an empty data folder, with two workers that run the jobs meanwhile. A client keeps its
connection and starts a job that does nothing, again as soon as it is answered. Printed: starts a second and the 95th
percentile of the answers in ms, and the same of `/health/ready`, which another client asks ten times a second
meanwhile; at the end the medians of the rounds. `--database URL` of a server that makes databases: PostgreSQL instead
of SQLite. Needs Linux and the packages of requirements-dev.lock. Run by hand.
"""

import argparse
import http.client
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench import arguments, ending
from bench.instance import READY_SECONDS, is_ready, percentile

CLIENTS = (1, 16)
WARM_UP = 100
KIND = '''from app.queue import JobContext, job


@job
def nothing(ctx: JobContext) -> None:
    """Do nothing."""
'''
Figures = dict[str, float]


def main() -> None:
    """Measure the builds that were named, and print a table."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="*", default=["here=."], metavar="NAME=FOLDER", help="trees with a .venv")
    parser.add_argument("--rounds", type=arguments.at_least(1), default=5, metavar="N", help="(5)")
    parser.add_argument("--starts", type=arguments.at_least(100), default=1500, metavar="N", help="of each run (1500)")
    parser.add_argument("--database", metavar="URL", help="postgresql+psycopg://...")
    asked = parser.parse_args()
    builds = {name: Path(folder).resolve() for name, _, folder in (one.partition("=") for one in asked.builds)}
    taken: dict[str, list[Figures]] = defaultdict(list)
    sys.stdout.write(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the first run\n")
    for number in range(asked.rounds):
        for name, tree in list(builds.items())[:: 1 if number % 2 == 0 else -1]:
            taken[name].append(_one_run(tree, asked.starts, asked.database))
            sys.stdout.write(f"round {number + 1}, {name}: {_line(taken[name][-1])}\n")
            sys.stdout.flush()
    for name, rounds in taken.items():
        median = {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}
        sys.stdout.write(f"median, {name}: {_line(median)}\n")


def _one_run(tree: Path, starts: int, database: str | None) -> Figures:
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder, _own_database(database) as url, _running(tree, folder, url) as port:
        _start(port, WARM_UP)
        for clients in CLIENTS:
            with _looking(port) as looks:
                began = time.monotonic()
                times = _start_together(port, starts, clients)
                took = time.monotonic() - began
            figures |= {
                f"{clients} clients, starts a second": len(times) / took,
                f"{clients} clients, p95 ms": percentile(times, 95) * 1000,
                f"{clients} clients, /health/ready p95 ms": percentile(looks, 95) * 1000,
            }
    return figures


def _start_together(port: int, starts: int, clients: int) -> list[float]:
    times: list[float] = []
    threads = [
        threading.Thread(target=lambda: times.extend(_start(port, starts // clients)), daemon=True)
        for _ in range(clients)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return times


def _start(port: int, starts: int) -> list[float]:
    """Start so many jobs over one connection, and return the seconds that each answer took.

    Raises:
        RuntimeError: one was not started.
    """
    body = b'{"params": {}}'
    request = (
        b"POST /api/v1/kinds/nothing/start HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (port, len(body), body)
    )
    times = []
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
        for _ in range(starts):
            began = time.perf_counter()
            connection.sendall(request)
            status, length = answers.readline(), 0
            while (line := answers.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            answer = answers.read(length)
            times.append(time.perf_counter() - began)
            if b" 202 " not in status:
                raise RuntimeError(f"{status!r} {answer!r}")
    return times


@contextmanager
def _looking(port: int) -> Iterator[list[float]]:
    """Ask for `/health/ready` ten times a second while this lasts, and give the seconds that each answer took."""
    times: list[float] = []
    is_over = threading.Event()

    def look() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
        while not is_over.wait(0.1):
            began = time.perf_counter()
            connection.request("GET", "/health/ready")
            connection.getresponse().read()
            times.append(time.perf_counter() - began)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield times
    is_over.set()
    thread.join()


@contextmanager
def _running(tree: Path, folder: str, database: str | None) -> Iterator[int]:
    Path(folder, "nothing.py").write_text(KIND)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    environment |= {"JOBDECK_DATABASE_URL": database} if database else {}
    command = [str(tree / ".venv/bin/python"), str(tree / "main.py"), "--no-open", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data-dir", str(Path(folder, "data")), "--jobs", str(Path(folder, "nothing.py"))],
        cwd=tree,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{tree} does not become ready")
            time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        process.kill()


@contextmanager
def _own_database(server: str | None) -> Iterator[str | None]:
    """Make a database on a server, and drop it at the end; None: there is no server."""
    if server is None:
        yield None
        return
    name = f"http_starts_{secrets.token_hex(4)}"
    address = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as opened:
        opened.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            opened.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _line(figures: Figures) -> str:
    return "; ".join(f"{what} {figure:.1f}" for what, figure in figures.items())


if __name__ == "__main__":
    main()
