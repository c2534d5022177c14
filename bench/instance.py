"""An instance to measure: this tree on a data folder and a port of its own, started and ended here. Needs Linux."""

import http.client
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
READY_SECONDS = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One that runs."""

    port: int
    web: psutil.Process

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", self.port

    def memory_mb(self) -> float:
        """Return what the web process holds (PSS)."""
        return float(self.web.memory_full_info().pss) / 1e6

    def processor_seconds(self) -> float:
        """Return what the web process used of a core so far."""
        times = self.web.cpu_times()
        return float(times.user + times.system)


@contextmanager
def running(
    folder: Path, *arguments: str, before: Sequence[Sequence[str]] = (), database: str | None = None
) -> Iterator[Instance]:
    """Run an instance on an empty folder.

    Args:
        folder: of its data.
        arguments: more of its command line.
        before: commands (of main.py) that are run on the folder first; each reads one line, `a password`.
        database: its URL; None: SQLite in the folder.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    environment |= {"JOBDECK_DATABASE_URL": database} if database else {}
    main = [sys.executable, str(ROOT / "main.py")]
    for one in before:
        told = [*main, *one, "--data-dir", str(folder)]
        subprocess.run(told, input="a long password\n", text=True, env=environment, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [*main, "--no-open", "--port", str(port), "--data-dir", str(folder), *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("Jobdeck does not become ready")
            time.sleep(0.05)
        children = psutil.Process(process.pid).children(recursive=True)
        [web] = [one for one in children if "web" in one.cmdline()[1:4]]
        yield Instance(port=port, web=web)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        process.kill()


def is_ready(port: int) -> bool:
    """Say whether `/health/ready` says so."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent do not pass (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
