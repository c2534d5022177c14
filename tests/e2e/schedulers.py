"""Several schedulers on one database, killed at any moment, and what they made of each instant of a schedule.

By hand, for longer and with a clock that is stepped:
python -m tests.e2e.schedulers [--seconds 120] [--database postgresql] [--steps]
"""

import argparse
import contextlib
import itertools
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from app.db import migrations
from app.db.queries.schedules import list_fires
from app.db.queries.schedules import list_schedules as stored_schedules
from app.db.snapshots.schedule import Fire
from app.db.sql import engine
from app.processes.supervision.valkey import private_valkey
from app.queue.acts.schedules.changing import Wish, edit
from tests.actors import ME
from tests.chaos.clock import SteppedClock
from tests.e2e.instance import ROOT, clean_environment
from tests.patience import patient
from tests.postgres import PostgresServer
from tests.waiting import until

COUNT = 3
STEP_SECONDS = 30
_KIND = """
from app.queue import JobContext, job


@job(schedule="* * * * * *")
def each_second(ctx: JobContext) -> None:
    '''Nobody runs it.'''
"""
_SECOND = timedelta(seconds=1)


class Scheduler:
    """`python main.py scheduler`, as on a machine of its own. Its end is SIGKILL."""

    def __init__(self, folder: Path, environment: Mapping[str, str], jobs: Path) -> None:
        """Start it. `environment`: what it is told."""
        folder.mkdir(exist_ok=True)
        command = [sys.executable, str(ROOT / "main.py"), "scheduler", "--jobs", str(jobs)]
        command += ["--data-dir", str(folder / "data")]
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log)

    def is_there(self) -> bool:
        """Say whether it runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(timeout=patient(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the instants between the first and the last that was decided on."""

    fires: list[Fire]

    @property
    def missing(self) -> list[str]:
        """Instants of which nothing is told, or for which no job was started."""
        first, last = self.fires[0].instant, self.fires[-1].instant
        started = {one.instant for one in self.fires if one.job_id is not None}
        instants = (first + number * _SECOND for number in range((last - first) // _SECOND + 1))
        return [one.isoformat() for one in instants if one not in started]

    @property
    def twice(self) -> list[str]:
        """Instants that are told twice, or share a job with another."""
        told = Counter(one.instant for one in self.fires) + Counter(one.job_id for one in self.fires if one.job_id)
        return [str(one) for one, count in told.items() if count > 1]


def play(folder: Path, environment: Mapping[str, str], *, instants: int, clock: SteppedClock | None = None) -> Outcome:
    """Let three schedulers decide on so many instants, while one after the other, and then all, are killed.

    This process has to be connected to their database.
    """
    jobs = folder / "each_second.py"
    jobs.write_text(_KIND)
    running: list[Scheduler] = []

    def start(number: int) -> Scheduler:
        return Scheduler(folder / f"scheduler-{number}", environment, jobs)

    try:
        running += [start(number) for number in range(COUNT)]
        until(lambda: decided() >= 1 or not running[0].is_there(), seconds=60)
        assert running[0].is_there(), (folder / "scheduler-0/log").read_text()
        # On a slow machine all are dead for longer than an instant may be late.
        edit(stored_schedules()[0].id, Wish(misfire="all"), by=ME)
        for round_ in itertools.count():
            reached = decided()
            if reached >= instants:
                return Outcome(fires=_fires())
            until(partial(_has_decided, reached + 3), seconds=60)
            hit = range(COUNT) if round_ % 3 == 1 else [round_ % COUNT]
            for number in hit:
                running[number].kill()
            if clock is not None and round_ % 3 == 2:
                clock.step(-clock.seconds if clock.seconds else STEP_SECONDS)
            for number in hit:
                running[number] = start(number)
    finally:
        for one in running:
            one.kill()
    raise AssertionError("unreachable")


def decided() -> int:
    """Count the instants that were decided on."""
    return len(_fires())


def _has_decided(least: int) -> bool:
    return decided() >= least


def _fires() -> list[Fire]:
    schedules = stored_schedules()
    return list_fires(schedules[0].id, limit=100_000)[::-1] if schedules else []


@contextlib.contextmanager
def told(folder: Path, database_url: str) -> Iterator[dict[str, str]]:
    """Give the environment of schedulers on a database, with a Valkey of their own; this process is connected, too."""
    with ExitStack() as stack:
        valkey = private_valkey(folder)
        server = subprocess.Popen(valkey.command().arguments)
        stack.callback(server.wait)
        stack.callback(server.kill)
        until(valkey.is_ready)
        engine.connect(database_url)
        stack.callback(engine.disconnect)
        yield clean_environment(database_url) | {"JOBDECK_REDIS_URL": valkey.url, "JOBDECK_SECRET_KEY": "k" * 32}


def main() -> int:
    """Play for as long as asked for, and say what was found. Returns 1 where an instant is missing or came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--steps", action="store_true", help="step the clock forward and back, too")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/jobdeck.db"
        if asked.database == "postgresql":
            url = stack.enter_context(stack.enter_context(PostgresServer()).database())
        migrations.upgrade(url)
        environment = stack.enter_context(told(folder, url))
        clock = SteppedClock(folder) if asked.steps else None
        outcome = play(
            folder, environment | dict(clock.environment if clock else {}), instants=asked.seconds, clock=clock
        )
    late = sorted((one.decided_at - one.instant).total_seconds() * 1000 for one in outcome.fires)
    sys.stdout.write(
        f"{len(outcome.fires)} instants, {asked.database}: {len(outcome.missing)} missing, {len(outcome.twice)} twice; "
        f"late by {late[len(late) // 2]:.0f} ms (median), {late[-1]:.0f} ms at most\n"
    )
    return 1 if outcome.missing or outcome.twice else 0


if __name__ == "__main__":
    sys.exit(main())
