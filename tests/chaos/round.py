"""A round: jobs are started all the time, faults come one after another, and in the end everything is counted.

How long Jobdeck took to recover from a fault is measured so. It begins when the harm is done; for an outage (the
database away, the disk full), when it is over, since nobody can work before; for a step of the clock, at the step. It
ends when all of this is true:

- a job that was asked for right after has succeeded (asked for as any program does: over HTTP, behind those that wait);
- every job that waited or ran when the harm began, or when it was done, has ended, waits for its retry, or runs in a
  living process.

Until both, it is looked ten times a second. What the fault leaves to be undone (a frozen worker goes on) is undone
after that, and the next fault comes when every process is there again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from sqlalchemy.exc import DBAPIError

from tests.chaos.faults import Fault, Scene, Violation
from tests.chaos.invariants import Breach, breaches, wasted_attempts
from tests.chaos.load import NoAnswer
from tests.chaos.mix import Order
from tests.chaos.records import Place
from tests.waiting import until

RECOVERY_DEADLINE_SECONDS = 90.0
"""After it the round goes on; the fault counts as never recovered from."""
QUIET_SECONDS = 120.0
"""For all jobs to end after the last fault, with the retries that some wait for; what has not ended then is stuck."""
PROBE = Order("nap", {"seconds": 0.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffered:
    """A fault that was met. `seconds`: to recover; None: it did not, in time."""

    name: str
    at_seconds: float
    """Since the round began."""
    waited: int
    ran: int
    seconds: float | None
    told: str = ""

    def __str__(self) -> str:
        """Write a line of the fault log."""
        end = "NOT RECOVERED" if self.seconds is None else f"recovered in {self.seconds:.1f} s"
        told = f" ({self.told})" if self.told else ""
        return f"{self.at_seconds:7.1f} s  {self.name}{told}: {self.ran} ran, {self.waited} waited; {end}"


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a round showed."""

    seed: int
    database: str
    suffered: list[Suffered] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Fault → why it cannot be done here."""
    jobs: int = 0
    wasted: int = 0
    breaches: list[Breach] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, what: str) -> int:
        """Count the jobs with which something is wrong."""
        return sum(len(breach.jobs) or 1 for breach in self.breaches if breach.what == what)

    def recoveries(self, name: str | None = None) -> list[float]:
        """Return the seconds to recover, of one fault or of all; one that did not counts as the deadline."""
        return [
            RECOVERY_DEADLINE_SECONDS if one.seconds is None else one.seconds
            for one in self.suffered
            if name in (None, one.name)
        ]


class Round:
    """One run of jobs and faults; `play` it once."""

    def __init__(
        self,
        scene: Scene,
        *,
        seed: int,
        database: str,
        say: Callable[[str], None],
        deadline_seconds: float | None = None,
    ) -> None:
        """`say` takes the lines of the fault log as they come; `deadline_seconds`: other ones than the usual."""
        self._scene = scene
        self._random = Random(f"instants {seed}")
        self._say = say
        self._recovery_seconds = deadline_seconds or RECOVERY_DEADLINE_SECONDS
        self._quiet_seconds = deadline_seconds or QUIET_SECONDS
        self._began = 0.0
        self.outcome = Outcome(seed=seed, database=database)

    def play(self, *, jobs: int, faults: Sequence[Fault]) -> Outcome:
        """Start so many jobs, and do these faults meanwhile, evenly spread."""
        self._began = time.monotonic()
        scene, outcome = self._scene, self.outcome
        drawn = self._possible(faults)
        share, rest = divmod(jobs, max(1, len(drawn)))
        scene.load.begin()
        scene.load.allow(rest)
        for fault in drawn:
            scene.load.allow(share)
            self._wait_for_load(round(share * self._random.uniform(0.1, 0.7)))
            outcome.suffered.append(self._suffer(fault))
            self._say(str(outcome.suffered[-1]))
            scene.instance.wait_until_ready()
        with scene.instance.frozen("scheduler"):  # schedules start nothing while it is counted
            self._wait_until_quiet()
            outcome.breaches += breaches(scene.records, scene.load.started, scene.notes)
            outcome.jobs = int(scene.records.read("SELECT COUNT(*) FROM job")[0][0])
        outcome.breaches += [Breach("a start without an answer", [], what) for what in scene.load.unanswered]
        outcome.breaches += [Breach("an odd answer", [], what) for what in scene.client.odd_answers]
        outcome.wasted = wasted_attempts(scene.records)
        outcome.seconds = time.monotonic() - self._began
        return outcome

    def _wait_for_load(self, number: int) -> None:
        """Wait until so many jobs more are started."""
        load = self._scene.load
        left = load.left() - number
        until(lambda: load.left() <= left, seconds=QUIET_SECONDS, every=0.05)

    def _possible(self, faults: Sequence[Fault]) -> list[Fault]:
        drawn = []
        for fault in faults:
            reason = fault.why_not(self._scene)
            if reason is None:
                drawn.append(fault)
            else:
                self.outcome.left_out[fault.name] = reason
        return drawn

    def _suffer(self, fault: Fault) -> Suffered:
        scene = self._scene
        scene.told.clear()
        before = scene.records.places()
        at = since = time.monotonic()
        seconds = None
        try:
            with fault.harm(scene):
                if fault.takes_time:
                    since = time.monotonic()
                    before = {**before, **scene.records.places()}
                if self._recovers(before):
                    seconds = time.monotonic() - since
        except Violation as violation:
            self.outcome.breaches.append(Breach(f"{fault.name}: what must not happen", [], str(violation)))
        states = [place.state for place in before.values()]
        return Suffered(
            name=fault.name,
            at_seconds=at - self._began,
            waited=states.count("queued"),
            ran=states.count("running"),
            seconds=seconds,
            told=", ".join(scene.told),
        )

    def _recovers(self, before: Mapping[int, Place]) -> bool:
        records = self._scene.records
        hit = [job_id for job_id, place in before.items() if place.state in ("queued", "running")]
        try:
            probe = self._scene.load.start(PROBE)
        except NoAnswer as error:
            self.outcome.breaches.append(Breach("a start without an answer", [], str(error)))
            return False

        def is_well() -> bool:
            with suppress(DBAPIError):
                places = records.places()
                return probe not in places and all(
                    job_id not in places or places[job_id].is_in_good_hands for job_id in hit
                )
            return False

        try:
            until(is_well, seconds=self._recovery_seconds, every=0.1)
        except AssertionError:
            return False
        return True

    def _wait_until_quiet(self) -> None:
        scene = self._scene

        def is_quiet() -> bool:
            with suppress(DBAPIError):
                if scene.load.left() or scene.records.unfinished():
                    return False
                if not scene.records.to_be_retried():
                    return True
                scene.load.retry()
            return False

        with suppress(AssertionError):
            until(is_quiet, seconds=self._quiet_seconds, every=0.1)
        scene.load.close()
