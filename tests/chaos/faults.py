"""The faults: what is done to Jobdeck, and how it is undone.

Each is a context: the harm is done when it is entered, and what is left of it is undone when it is left, after
Jobdeck has recovered. A fault that is an outage (nobody can work while it lasts) is over when the context is entered.

The clock is stepped forward by one fault and back by another, each once before any comes again: it is an hour ahead,
true, or an hour behind while the faults between the two come. What waits by the clock is judged sensibly: a job that
was to come in five seconds may come early, when the clock goes forward; it may not come an hour late.
"""

import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy.exc import DBAPIError

from tests.chaos.clock import SteppedClock, missing
from tests.chaos.invariants import wasted_attempts
from tests.chaos.load import Client, Load
from tests.chaos.mix import Order
from tests.chaos.records import Records
from tests.e2e.instance import Instance, Role
from tests.waiting import until

WORKERS: tuple[Role, Role] = ("worker-1", "worker-2")
LOCKED_SECONDS = 8.0
"""Longer than anybody waits for the lock."""
FULL_SECONDS = 6.0
HELD_SECONDS = 28.0
"""Of the processor, at the speed that it had when the job measured it; by the clock it may be a quarter less."""
LEAST_HELD_SECONDS = 20.0
WAIT_SECONDS = 5.0
"""NOTE: of a job that is started with a delay; the retry and the schedule of kinds.py wait as long."""
MUST_COME_SECONDS = 2 * WAIT_SECONDS + 15.0
"""Twice: what began to wait just before a step may begin anew, and a schedule is waited for twice."""
SHOUTING_JOBS, SHOUTED_LINES = 5, 120_000
"""More than the threads of one worker, and more than a log keeps."""
CUT_SECONDS = 4.0
WAITING_JOBS = 4
"""Whose messages are to be lost: where starts are slow and workers are not, none may wait by itself."""
WANDERING_JOBS = 6
SLEEPERS, ASLEEP_SECONDS = 8, 4.0
"""As many as all threads; less than until a frozen worker counts as dead."""
NIGHT_SECONDS = 40.0
"""Longer than any process waits for a word of another."""
OWN_JOB_SECONDS = 120.0
"""For a fault's own job, on a machine that does much else."""


class Violation(Exception):
    """Jobdeck did what a fault of this sort must not make it do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What faults act upon."""

    instance: Instance
    records: Records
    client: Client
    load: Load
    notes: Path
    random: Random
    outage: Callable[[], AbstractContextManager[None]]
    """The database away, as long as the context lasts."""
    shrink: Callable[[], None]
    """Let the database give back the room on the disk that it keeps for later writes."""
    has_small_disk: bool
    """Whether the data folder is on a disk that may be filled."""
    clock: SteppedClock | None
    """None: the clock of the machine, which nobody may step."""
    told: list[str] = field(default_factory=list)
    """What the present fault has to say for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that happens."""

    name: str
    harm: Callable[[Scene], AbstractContextManager[None]]
    takes_time: bool = False
    """Whether it has to be prepared, or lasts, until the context is entered: Jobdeck can recover only from then on."""
    why_not: Callable[[Scene], str | None] = lambda _: None
    """Say why it cannot be done here; None: it can."""


@contextmanager
def kill_worker(scene: Scene) -> Iterator[None]:
    """SIGKILL one worker."""
    role = scene.random.choice(WORKERS)
    scene.told.append(role)
    scene.instance.kill(role)
    yield


@contextmanager
def kill_all_workers(scene: Scene) -> Iterator[None]:
    """SIGKILL all workers at one stroke."""
    workers = [scene.instance.child(role) for role in WORKERS]
    for worker in workers:
        worker.kill()
    yield


@contextmanager
def kill_web(scene: Scene) -> Iterator[None]:
    """SIGKILL the web process."""
    scene.instance.kill("web")
    yield


@contextmanager
def kill_scheduler(scene: Scene) -> Iterator[None]:
    """SIGKILL the scheduler."""
    scene.instance.kill("scheduler")
    yield


@contextmanager
def kill_valkey(scene: Scene) -> Iterator[None]:
    """SIGKILL Valkey: every message and every connection is gone."""
    scene.instance.kill("valkey")
    yield


@contextmanager
def flush_valkey(scene: Scene) -> Iterator[None]:
    """Send FLUSHALL while jobs wait: every message is gone."""
    while scene.records.waiting() < WAITING_JOBS:
        scene.load.start(Order("walk", {"steps": 20}))
    with scene.instance.redis() as client:
        client.flushall()
    yield


@contextmanager
def freeze_worker(scene: Scene) -> Iterator[None]:
    """Stop a worker with SIGSTOP until its jobs run elsewhere; then it goes on, and tries to finish them.

    At least one of them sleeps meanwhile, and so ends at once then, before the worker can learn that it has lost it,
    and after it has ended elsewhere.
    """
    role = scene.random.choice(WORKERS)
    scene.told.append(role)
    pid = scene.instance.child(role).pid
    sleepers = [scene.load.start(Order("nap", {"seconds": ASLEEP_SECONDS})) for _ in range(SLEEPERS)]

    def is_one_there() -> bool:
        places = scene.records.places()
        return any(job_id in places and places[job_id].pid == pid for job_id in sleepers)

    until(is_one_there, seconds=OWN_JOB_SECONDS, every=0.05)
    with scene.instance.frozen(role):
        yield
        for job_id in sleepers:
            _wait_until_finished(scene, job_id)


@contextmanager
def sleep(scene: Scene) -> Iterator[None]:
    """Stop all processes, as a machine that sleeps does, and let them go on: nobody may be taken for dead."""
    lost = wasted_attempts(scene.records)
    with scene.instance.asleep():
        time.sleep(NIGHT_SECONDS)
    yield
    if (more := wasted_attempts(scene.records) - lost) > 0:
        raise Violation(f"{more} attempts were lost though all processes only slept")


@contextmanager
def hold_interpreter(scene: Scene) -> Iterator[None]:
    """Run a job that holds its worker's interpreter; the worker must not be taken for dead."""
    job_id = scene.load.start(Order("hold_interpreter", {"seconds": HELD_SECONDS}))
    until(lambda: _notes(scene, job_id), seconds=OWN_JOB_SECONDS)
    began = time.monotonic()
    yield
    _wait_until_finished(scene, job_id)
    held_seconds = time.monotonic() - began
    scene.told.append(f"job #{job_id} held it for {held_seconds:.0f} s")
    if held_seconds < LEAST_HELD_SECONDS:
        raise Violation(f"job #{job_id} held the interpreter for {held_seconds:.1f} s only")
    rows = scene.records.read("SELECT outcome FROM attempt WHERE job_id = :id", id=job_id)
    if [row[0] for row in rows] != ["succeeded"]:
        raise Violation(f"job #{job_id} held the interpreter and was taken for dead: {[row[0] for row in rows]}")


@contextmanager
def flood_logs(scene: Scene) -> Iterator[None]:
    """Run jobs that log as fast as they can, beyond what a log keeps; nobody else may be held up, or taken for dead."""
    lost = wasted_attempts(scene.records)
    job_ids = [scene.load.start(Order("shout", {"lines": SHOUTED_LINES})) for _ in range(SHOUTING_JOBS)]
    until(lambda: all(_notes(scene, job_id) for job_id in job_ids), seconds=OWN_JOB_SECONDS)
    yield
    unready = 0
    for job_id in job_ids:
        while scene.records.state(job_id) in ("queued", "running"):
            unready += not scene.instance.answers("/health/ready")
            time.sleep(0.5)
    scene.told.append(f"{SHOUTING_JOBS} jobs logged {SHOUTED_LINES} lines each")
    if unready:
        raise Violation(f"/health/ready was not well {unready} times while jobs logged")
    if (more := wasted_attempts(scene.records) - lost) > 0:
        raise Violation(f"{more} attempts were lost while jobs logged: somebody was taken for dead")


def poison(kind: str) -> Callable[[Scene], AbstractContextManager[None]]:
    """Make a fault of a kind that ends the process it runs in: it must end as failed, and take no neighbour along."""

    @contextmanager
    def harm(scene: Scene) -> Iterator[None]:
        job_id = scene.load.start(Order(kind))
        until(lambda: _notes(scene, job_id), seconds=OWN_JOB_SECONDS)
        yield
        _wait_until_finished(scene, job_id)
        scene.told.append(f"job #{job_id} ran {len(_notes(scene, job_id))} times")

    return harm


@contextmanager
def database_away(scene: Scene) -> Iterator[None]:
    """Take the database away for some seconds, under load: the file locked, or the server stopped at once."""
    with scene.outage():
        time.sleep(LOCKED_SECONDS)
    yield


@contextmanager
def cut_connections(scene: Scene) -> Iterator[None]:
    """End the connections of all processes for some seconds, wherever in a transaction they are, at COMMIT too."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'jobdeck %'"
    end, cut = time.monotonic() + CUT_SECONDS, 0
    while time.monotonic() < end:
        cut += len(scene.records.read(f"{query} AND state <> 'idle'"))
        time.sleep(0.02)
    scene.told.append(f"{cut} connections")
    yield


@contextmanager
def cancel_during_rescue(scene: Scene) -> Iterator[None]:
    """Kill all workers, and cancel their jobs while these are rescued: none of them may begin again."""
    job_ids = [scene.load.start(Order("wander")) for _ in range(WANDERING_JOBS)]
    until(lambda: all(_notes(scene, job_id) for job_id in job_ids), seconds=OWN_JOB_SECONDS)
    for worker in [scene.instance.child(role) for role in WORKERS]:
        worker.kill()
    for job_id in job_ids:
        scene.instance.act(f"/jobs/{job_id}/cancel", {})
        time.sleep(scene.random.uniform(0.0, 0.5))
    yield
    for job_id in job_ids:
        _wait_until_finished(scene, job_id)
    at_once = job_ids[0]  # the others may have begun again before it was their turn to be cancelled
    if len(_notes(scene, at_once)) > 1:
        raise Violation(f"job #{at_once} began again after it was cancelled")


@contextmanager
def newer_version(scene: Scene) -> Iterator[None]:
    """Change the database as a newer version would, under load; then start the newer one, which knows what it did.

    The older one must end by itself: it may not write what does not fit any more, nor give a job up for that.
    """
    sentence = "Another version of Jobdeck has changed the database"
    said = scene.instance.printed().count(sentence)
    with scene.instance.database.changed_by_newer():
        status = scene.instance.wait_until_ended()
        if status != 1 or scene.instance.printed().count(sentence) == said:
            raise Violation(f"an older version ended with {status} and did not say why")
    scene.instance.run()
    yield


@contextmanager
def full_disk(scene: Scene) -> Iterator[None]:
    """Fill the disk of the data folder for some seconds."""
    filler = scene.instance.data_dir / "filler"
    try:
        scene.shrink()
        end = time.monotonic() + FULL_SECONDS
        while time.monotonic() < end:
            _fill(filler)  # again, for what is given back meanwhile
            time.sleep(0.05)
    finally:
        filler.unlink(missing_ok=True)
    yield


def why_no_clock(scene: Scene) -> str | None:
    """Say why the clock cannot be stepped; None: it can."""
    return None if scene.clock is not None else missing() or "these processes see the clock of the machine"


def step_clock(seconds: int) -> Callable[[Scene], AbstractContextManager[None]]:
    """Make a fault that steps the clock of all processes, while a delay, a retry and a schedule wait by it."""

    @contextmanager
    def harm(scene: Scene) -> Iterator[None]:
        assert scene.clock is not None
        retried = scene.load.start(Order("retry_later"))
        until(lambda: scene.records.state(retried) == "retrying", seconds=OWN_JOB_SECONDS)
        delayed = scene.load.start(Order("nap", delay_seconds=WAIT_SECONDS))
        fired = scene.records.count("tick")
        scene.clock.step(seconds)
        began = time.monotonic()
        scene.told.append(f"{scene.clock.seconds:+d} s from now on")
        yield
        waited = {
            "a retry": lambda: scene.records.state(retried) == "succeeded",
            "a delayed job": lambda: scene.records.state(delayed) == "succeeded",
            "a schedule": lambda: scene.records.count("tick") >= fired + 2,
        }
        for what, has_come in waited.items():
            try:
                until(has_come, seconds=max(0.1, began + MUST_COME_SECONDS - time.monotonic()), every=0.1)
            except AssertionError:
                raise Violation(f"{what} that was due in seconds did not come within {MUST_COME_SECONDS:g} s") from None

    return harm


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(name="kill a worker", harm=kill_worker),
        Fault(name="kill all workers", harm=kill_all_workers),
        Fault(name="kill the web process", harm=kill_web),
        Fault(name="kill the scheduler", harm=kill_scheduler),
        Fault(name="kill Valkey", harm=kill_valkey),
        Fault(name="FLUSHALL", harm=flush_valkey, takes_time=True),
        Fault(name="freeze a worker", harm=freeze_worker, takes_time=True),
        Fault(name="the machine sleeps", harm=sleep, takes_time=True),
        Fault(name="hold the interpreter", harm=hold_interpreter),
        Fault(name="jobs log without end", harm=flood_logs),
        Fault(name="a job exits its process", harm=poison("exit_process")),
        Fault(name="a job killed for memory", harm=poison("kill_process")),
        Fault(name="database away", harm=database_away, takes_time=True),
        Fault(name="cancel during a rescue", harm=cancel_during_rescue, takes_time=True),
        Fault(name="a newer version", harm=newer_version, takes_time=True),
        Fault(
            name="connections cut",
            harm=cut_connections,
            takes_time=True,
            why_not=lambda scene: None if scene.records.is_postgresql else "SQLite has no connections to cut",
        ),
        Fault(
            name="disk full",
            harm=full_disk,
            takes_time=True,
            why_not=lambda scene: None if scene.has_small_disk else "no right to mount a small disk",
        ),
        Fault(name="clock 1 h forward", harm=step_clock(3600), takes_time=True, why_not=why_no_clock),
        Fault(name="clock 1 h back", harm=step_clock(-3600), takes_time=True, why_not=why_no_clock),
    )
}


def draw(number: int, *, seed: int, sorts: Iterable[str] = FAULTS) -> list[Fault]:
    """Draw faults of these sorts: every sort before any comes again, in random order."""
    deck = [FAULTS[name] for name in sorts]
    random = Random(f"deck {seed}")
    drawn: list[Fault] = []
    while len(drawn) < number:
        drawn += random.sample(deck, len(deck))
    return drawn[:number]


def _notes(scene: Scene, job_id: int) -> list[str]:
    file = scene.notes / f"{job_id}.notes"
    return file.read_text().splitlines() if file.exists() else []


def _wait_until_finished(scene: Scene, job_id: int) -> None:
    def is_finished() -> bool:
        with suppress(DBAPIError):
            return scene.records.state(job_id) in ("succeeded", "failed", "cancelled")
        return False

    until(is_finished, seconds=OWN_JOB_SECONDS, every=0.1)


def _fill(filler: Path) -> None:
    """Write until there is no room left."""
    with filler.open("ab", buffering=0) as file:
        for size in (1024 * 1024, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        os.fsync(file.fileno())
