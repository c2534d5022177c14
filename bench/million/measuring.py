"""How long a running Jobdeck takes to answer, and what it costs while nobody asks. Times at the server's socket."""

import asyncio
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil

from bench.million.questions import questions
from bench.tab import Tab

_TREE = Path(__file__).parents[2]
_READY_SECONDS = 120
_IDLE_SECONDS = 20
_QUIET_SECONDS = 0.3
"""A page that was sent nothing for so long is all there."""
_VISIT_SECONDS = 5
_PRUNING_SECONDS = 3600
_PAGES = ("/", "/history", "/history?state=failed", "/schedules", "/workers", "/insights", "/settings/retention")
_READ_BY_PAGES = ("/api/v1/kinds", "/api/v1/queues", "/api/v1/failures", "/api/v1/stats?window=1h", "/api/v1/retention")
"""What is drawn comes after the page itself, over its websocket; these read the same."""


class NotReady(Exception):
    """Jobdeck does not start."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, and the values that it has: texts. `cpu`: milliseconds of the web process for each answer."""

    what: str
    p50: str
    p95: str
    remark: str = ""
    cpu: str = ""


class Running:
    """A Jobdeck that runs on a history; `start_seconds`: until it said that it was ready."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        """Wait until it is ready.

        Raises:
            NotReady: it ended, or is not ready after two minutes.
        """
        self.process, self._port, self.address = process, port, f"http://127.0.0.1:{port}"
        began = time.monotonic()
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() - began > _READY_SECONDS:
                raise NotReady("Jobdeck does not start on this history.")
            time.sleep(0.05)
        self.start_seconds = time.monotonic() - began
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_READY_SECONDS)

    def ask(self, address: str) -> tuple[float, int, bytes]:
        """Return the seconds that an answer took, its status and its body."""
        began = time.perf_counter()
        # A page's address gives JSON to who does not ask for a page.
        self._connection.request("GET", address, headers={"Accept": "*/*" if "/api/" in address else "text/html"})
        answer = self._connection.getresponse()
        body = answer.read()
        return time.perf_counter() - began, answer.status, body

    def start(self, kind: str) -> int:
        """Start a job, and return its number."""
        head = {"Content-Type": "application/json"}
        self.connect_anew()
        self._connection.request("POST", f"/api/v1/kinds/{kind}/start", body="{}", headers=head)
        answer = json.loads(self._connection.getresponse().read())
        return int(answer["id"])

    def connect_anew(self) -> None:
        """Ask the next over a connection of its own: the server lets one go that rested for a while."""
        self._connection.close()

    def web(self) -> psutil.Process:
        """Return the process that answers."""
        for one in psutil.Process(self.process.pid).children(recursive=True):
            if "web" in one.cmdline():
                return one
        return psutil.Process(self.process.pid)

    def cpu_seconds(self) -> float:
        """Return what the process that answers has used so far."""
        return sum(self.web().cpu_times()[:2])

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def measure(*, data_dir: Path | None, database: str | None, rounds: int, prunes: bool) -> Iterator[Figure]:
    """Start Jobdeck on a history, ask, and give each figure as soon as it is there.

    Args:
        data_dir: of SQLite, where no `database` is named.
        database: of PostgreSQL.
        rounds: how often each is asked.
        prunes: whether the older half is removed at the end.

    Raises:
        NotReady: it does not start.
    """
    with _running(data_dir, database) as running:
        yield Figure("start-up, until ready", f"{running.start_seconds:,.1f} s", "")
        yield from _idle(running, "alone, no tab, at first")
        for what, query in questions().items():
            yield _asked(running, what, f"/api/v1/jobs?{query}", rounds)
        yield from _deep(running, rounds)
        for path in _PAGES:
            yield from _visited(running, f"page {path}", path, rounds)
        for path in _READ_BY_PAGES:
            yield _asked(running, path, path, rounds)
        yield from _long_log(running, rounds)
        yield from _idle(running, "alone, no tab, after these")
        if prunes:
            yield from _pruning(running, data_dir)


@contextmanager
def _running(data_dir: Path | None, database: str | None) -> Iterator[Running]:
    with socket.socket() as probe, tempfile.TemporaryDirectory() as scratch:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = dict(os.environ) | ({"JOBDECK_DATABASE_URL": database} if database else {})
        command = [sys.executable, "main.py", "--no-open", "--port", str(port), "--data-dir", str(data_dir or scratch)]
        process = subprocess.Popen(
            command, cwd=_TREE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield Running(process, port)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=_READY_SECONDS)


def _asked(running: Running, what: str, address: str, rounds: int) -> Figure:
    """Ask the same so often; what could not be answered is said as its status."""
    running.connect_anew()
    used = running.cpu_seconds()
    answers = [running.ask(address) for _ in range(rounds)]
    used = (running.cpu_seconds() - used) / rounds
    _, status, body = answers[-1]
    remark = "" if status == 200 else f"HTTP {status}"
    if status == 200 and address.startswith("/api/v1/jobs?"):
        found = json.loads(body)
        remark = f"{found['count']:,}" + ("" if found["count_is_exact"] else "+")
        remark += ", cut off" if found["is_cut_off"] else ""
    return _figure(what, [seconds for seconds, _, _ in answers], remark, used)


def _figure(what: str, times: Sequence[float], remark: str = "", used: float | None = None) -> Figure:
    """`times`: seconds; `used`: processor seconds of the web process for each."""
    each = sorted(one * 1000 for one in times)
    cpu = "" if used is None else f"{used * 1000:,.0f}"
    middle, late = statistics.median(each), each[round(0.95 * (len(each) - 1))]
    return Figure(what, f"{middle:,.0f}", f"{late:,.0f}", remark, cpu=cpu)


def _visited(running: Running, what: str, path: str, rounds: int) -> Iterator[Figure]:
    """Visit a page so often, one visitor after another, each until nothing more comes."""
    used = running.cpu_seconds()
    answered, drawn = asyncio.run(_visits(running.address, path, rounds))
    yield _figure(what, answered, used=(running.cpu_seconds() - used) / rounds)
    yield _figure(f"{what}, all there", drawn)


async def _visits(address: str, path: str, rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds until each visitor had the page, and until it had the last that was sent for it."""
    answered, drawn = list[float](), list[float]()
    async with httpx.AsyncClient(timeout=_READY_SECONDS) as http:
        for _ in range(rounds):
            tab = Tab(address)
            began = time.perf_counter()
            await tab.open(http, path)
            while (now := time.perf_counter()) - max(tab.heard_at, tab.answered_at) < _QUIET_SECONDS:
                await asyncio.sleep(_QUIET_SECONDS / 10)
                if now - began > _VISIT_SECONDS:
                    break
            answered.append(tab.answered_at - began)
            drawn.append(max(tab.heard_at, tab.answered_at) - began)
            await tab.close()
    return answered, drawn


def _deep(running: Running, rounds: int) -> Iterator[Figure]:
    """Ask for the fifth page, and for the last ones by beginning at the other end."""
    place = ""
    for _ in range(4):
        place = f"&after={json.loads(running.ask(f'/api/v1/jobs?limit=25{place}')[2])['next']}"
    yield _asked(running, "fifth page", f"/api/v1/jobs?limit=25{place}", rounds)
    yield _asked(running, "last page, as the first of the other end", "/api/v1/jobs?limit=25&sort=id", rounds)


def _long_log(running: Running, rounds: int) -> Iterator[Figure]:
    """Read the job with the long log: its page, and the first, middle and last lines."""
    newest: list[dict[str, Any]] = json.loads(running.ask("/api/v1/jobs?limit=100")[2])["items"]
    for job in newest:
        lines = json.loads(running.ask(f"/api/v1/jobs/{job['id']}/log?after=99000&limit=1")[2])["items"]
        if lines:
            yield from _visited(running, "page of the job with 100,000 log lines", f"/jobs/{job['id']}", rounds)
            for name, after in (("first", 0), ("middle", 50_000), ("last", 98_000)):
                address = f"/api/v1/jobs/{job['id']}/log?after={after}&limit=1000"
                yield _asked(running, f"its log, the {name} 1,000 lines", address, rounds)
            for what, text in (
                ("that all lines have", "kept"),
                ("that few have", "row 37000"),
                ("that none has", "zzyzx"),
            ):
                address = f"/api/v1/jobs/{job['id']}/log?q={quote(text)}&limit=1000"
                yield _asked(running, f"its log, a text {what}", address, rounds)
            return


def _pruning(running: Running, data_dir: Path | None) -> Iterator[Figure]:
    """Remove what is older than 30 days, and ask meanwhile."""
    before = _megabytes(data_dir)
    began, times = time.monotonic(), list[float]()
    job = running.start("prune_history")
    while time.monotonic() - began < _PRUNING_SECONDS:
        times.append(running.ask("/api/v1/jobs?limit=25")[0])
        if json.loads(running.ask(f"/api/v1/jobs/{job}")[2])["state"] in ("succeeded", "failed", "cancelled"):
            break
        time.sleep(0.5)
    took, result = time.monotonic() - began, json.loads(running.ask(f"/api/v1/jobs/{job}")[2])["result"]
    yield _figure("first page while half of it is pruned", times, f"{len(times):,} times")
    sizes = f", {before:,.0f} MB before, {_megabytes(data_dir):,.0f} MB after" if data_dir else ""
    yield Figure("pruning", f"{took:,.0f} s", "", f"{result}{sizes}")


def _megabytes(folder: Path | None) -> float:
    """Return what the files of an SQLite database take."""
    return sum(one.stat().st_size for one in folder.glob("jobdeck.db*")) / 1e6 if folder else 0.0


def _idle(running: Running, what: str) -> Iterator[Figure]:
    web = running.web()
    began, used = time.monotonic(), sum(web.cpu_times()[:2])
    time.sleep(_IDLE_SECONDS)
    share = (sum(web.cpu_times()[:2]) - used) / (time.monotonic() - began)
    yield Figure(f"web process {what}", f"{share:.1%} of a core", f"{web.memory_info().rss / 1e6:,.0f} MB")
