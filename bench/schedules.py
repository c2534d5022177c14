"""Many schedules, due at the same instant or not at all: Jobdeck beside cronstable and APScheduler alone, in one run.

python -m bench.schedules [--due 1000] [--idle 10000] [--minutes 2] [--only jobdeck,apscheduler,cronstable]

A row of the table is measured as somebody sees it who is not the program: Jobdeck's jobs as another connection to the
database reads them, cronstable's as it says that they were spawned (it starts a process for each, which no other here
does), APScheduler's as their function is called. cronstable comes with what the tests need (`make dev`).
"""

import argparse
import contextlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

import psutil

from app.db import migrations
from app.processes.supervision.valkey import private_valkey
from bench import ending

ROOT = Path(__file__).parents[1]
IDLE_SECONDS = 20
EACH_MINUTE, EACH_NIGHT = "* * * * *", "0 3 * * *"
_KIND = """
from app.queue import JobContext, job


@job
def tidy(ctx: JobContext, size: int = 3) -> None:
    '''Nobody runs it.'''
"""
_ALONE = """
import sys, time
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
count, cron = int(sys.argv[1]), sys.argv[2]
clock = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(10)})
def run():
    sys.stdout.write("spawned %f\\n" % time.time())
    sys.stdout.flush()
for number in range(count):
    clock.add_job(run, CronTrigger.from_crontab(cron, timezone="UTC"), misfire_grace_time=None)
clock.start()
sys.stdout.write("ready\\n")
sys.stdout.flush()
time.sleep(3600)
"""


class Running(NamedTuple):
    """A program that runs its schedules. `seen`: when each start of a job became visible, since the epoch."""

    process: psutil.Popen
    ready_seconds: float
    seen: Callable[[], list[float]]


def main() -> int:
    """Measure and print the table."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=1000, help="schedules of each minute")
    parser.add_argument("--idle", type=int, default=10_000, help="schedules that are not due meanwhile")
    parser.add_argument("--minutes", type=int, default=2)
    parser.add_argument("--only", default="jobdeck,apscheduler,cronstable")
    asked = parser.parse_args()
    say("| | instant to start, median | 95% | last | start with so many | start, idle ones | idle CPU | memory |")
    say("|---|---|---|---|---|---|---|---|")
    for name in asked.only.split(","):
        with _PROGRAMS[name](asked.due, EACH_MINUTE) as running:
            late = sorted(_lateness(running, minutes=asked.minutes))
            first = running.ready_seconds
        with _PROGRAMS[name](asked.idle, EACH_NIGHT) as running:
            time.sleep(3)  # what follows the start
            before = sum(running.process.cpu_times()[:2])
            time.sleep(IDLE_SECONDS)
            share = (sum(running.process.cpu_times()[:2]) - before) / IDLE_SECONDS
            memory = running.process.memory_info().rss / 2**20
        if late:
            told = [statistics.median(late), late[int(len(late) * 0.95)], late[-1]]
            cells = [f"{one * 1000:,.0f} ms" for one in told]
        else:
            cells = ["none"] * 3
        cells += [f"{first:.1f} s", f"{running.ready_seconds:.1f} s", f"{share:.1%}", f"{memory:.0f} MB"]
        say(f"| {name}, {len(late):,} starts | {' | '.join(cells)} |")
    say(f"{asked.due:,} due each minute, {asked.idle:,} idle; load {psutil.getloadavg()[0]:.1f} at the end.")
    return 0


def _lateness(running: Running, *, minutes: int) -> list[float]:
    """Return by how much starts were behind their minutes. The minute in which the program started is left out."""
    first = (int(time.time()) // 60 + 1) * 60 + (60 if time.time() % 60 > 50 else 0)
    time.sleep(first + 60 * (minutes - 1) + 45 - time.time())
    return [one - one // 60 * 60 for one in running.seen() if one >= first]


@contextlib.contextmanager
def _jobdeck(count: int, cron: str) -> Iterator[Running]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "tidy.py").write_text(_KIND)
        file = folder / "jobdeck.db"
        migrations.upgrade(f"sqlite:///{file}")
        _seed(file, count, cron)
        valkey = private_valkey(folder)
        server = stack.enter_context(_ending(psutil.Popen(valkey.command().arguments)))
        while not valkey.is_ready():
            assert server.poll() is None
        words = [sys.executable, str(ROOT / "main.py"), "scheduler", "--data-dir", str(folder)]
        told = {
            "JOBDECK_DATABASE_URL": f"sqlite:///{file}",
            "JOBDECK_REDIS_URL": valkey.url,
            "JOBDECK_SECRET_KEY": "k" * 32,
            "PATH": "/usr/bin:/bin",
        }
        began = time.monotonic()
        process = stack.enter_context(
            _ending(psutil.Popen([*words, "--jobs", str(folder / "tidy.py")], env=told, stderr=subprocess.PIPE))
        )
        ready = _wait_for(process.stderr, b"is ready", began)
        seen: list[float] = []
        threading.Thread(target=_watch, args=(file, seen), daemon=True).start()
        yield Running(process, ready, lambda: seen)


def _seed(file: Path, count: int, cron: str) -> None:
    now = time.time()
    following = int(now // 60 + 1) * 60 if cron == EACH_MINUTE else int(now // 86400 + 1) * 86400 + 3 * 3600
    row = ("tidy", cron, "UTC", '{"size":3}', True, following * 10**6, 1, int(now * 10**6))
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            "INSERT INTO schedule (kind, cron, timezone, params, is_declared, next_at, version, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [row] * count,
        )


def _watch(file: Path, seen: list[float]) -> None:
    """Note when each job is there for others; ids count up."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        while True:
            try:
                [(last,)] = connection.execute("SELECT coalesce(max(id), 0) FROM job")
            except sqlite3.Error:
                return
            at = time.time()
            seen += [at] * (last - len(seen))
            time.sleep(0.005)


@contextlib.contextmanager
def _alone(count: int, cron: str) -> Iterator[Running]:
    began = time.monotonic()
    words = [sys.executable, "-c", _ALONE, str(count), cron]
    with _ending(psutil.Popen(words, stdout=subprocess.PIPE)) as process:
        ready = _wait_for(process.stdout, b"ready", began)
        seen: list[float] = []
        threading.Thread(target=_read, args=(process.stdout, seen, b"spawned"), daemon=True).start()
        yield Running(process, ready, lambda: seen)


@contextlib.contextmanager
def _cronstable(count: int, cron: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as folder:
        entry = "  - name: job-{}\n    command: /bin/true\n    schedule: '{}'\n    captureStderr: false\n"
        file = Path(folder) / "jobs.yaml"
        file.write_text("jobs:\n" + "".join(entry.format(number, cron) for number in range(count)))
        began = time.monotonic()
        words = [sys.executable, "-m", "cronstable", "-c", str(file)]
        with _ending(psutil.Popen(words, stderr=subprocess.PIPE)) as process:
            ready = _wait_for(process.stderr, b"Job set id", began)
            seen: list[float] = []
            threading.Thread(target=_read, args=(process.stderr, seen, b"spawned"), daemon=True).start()
            yield Running(process, ready, lambda: seen)


def _wait_for(stream: IO[bytes], word: bytes, began: float) -> float:
    for line in stream:
        if word in line:
            return time.monotonic() - began
    raise RuntimeError("it ended before it was ready")


def _read(stream: IO[bytes], seen: list[float], word: bytes) -> None:
    seen.extend(time.time() for line in stream if word in line)


@contextlib.contextmanager
def _ending(process: psutil.Popen) -> Iterator[psutil.Popen]:
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


_PROGRAMS = {"jobdeck": _jobdeck, "apscheduler": _alone, "cronstable": _cronstable}

if __name__ == "__main__":
    sys.exit(main())
