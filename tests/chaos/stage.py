"""Where a round is played: an instance of its own on the asked database, its data folder on a small disk if that may
be mounted.
"""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random

from tests.chaos.clock import SteppedClock
from tests.chaos.faults import Scene
from tests.chaos.load import Client, Load
from tests.chaos.mix import orders
from tests.chaos.records import Records
from tests.e2e.instance import Instance
from tests.postgres import PostgresServer

KINDS = Path(__file__).with_name("kinds.py")
DISK_MB = 256
Outage = Callable[[], AbstractContextManager[None]]


@contextmanager
def stage(
    folder: Path, *, seed: int, database: str, clock: SteppedClock | None = None, more_jobs: Sequence[Path] = ()
) -> Iterator[Scene]:
    """Start Jobdeck and give what faults act upon; nothing is left behind but the files in `folder`.

    `clock`: what its processes see instead of the machine's; `more_jobs`: files that they load beside the kinds.
    """
    environment = clock.environment if clock is not None else {}
    with ExitStack() as stack:
        notes = folder / "notes"
        notes.mkdir(parents=True)
        has_small_disk = stack.enter_context(_small_disk(folder / "data"))
        instance, records, outage, shrink = (
            _on_sqlite(folder, environment, [KINDS, *more_jobs])
            if database == "sqlite"
            else _on_postgresql(folder, environment, [KINDS, *more_jobs], stack.enter_context(PostgresServer()))
        )
        stack.callback(instance.close)
        instance.run()
        client = Client(instance.port, records, str(notes))
        stack.callback(client.close)
        load = Load(client, records, orders(seed))
        stack.callback(load.close)
        stack.callback(client.give_up)
        yield Scene(
            instance=instance,
            records=records,
            client=client,
            load=load,
            notes=notes,
            random=Random(f"scene {seed}"),
            outage=outage,
            shrink=shrink,
            has_small_disk=has_small_disk,
            clock=clock,
        )


def _on_sqlite(
    folder: Path, environment: Mapping[str, str], jobs: Sequence[Path]
) -> tuple[Instance, Records, Outage, Callable[[], None]]:
    instance = Instance(folder, jobs=jobs, environment=environment)
    file = instance.data_dir / "jobdeck.db"
    return instance, Records(f"sqlite:///{file}"), instance.database.locked, partial(_shrink, file)


def _on_postgresql(
    folder: Path, environment: Mapping[str, str], jobs: Sequence[Path], server: PostgresServer
) -> tuple[Instance, Records, Outage, Callable[[], None]]:
    """Its server is not on the small disk: only files are kept there."""

    @contextmanager
    def stopped() -> Iterator[None]:
        server.stop()
        yield
        server.start()

    url = server.create("chaos")
    instance = Instance(folder, jobs=jobs, database_url=url, environment=environment)
    return instance, Records(url), stopped, lambda: None


def _shrink(database_file: Path) -> None:
    """Empty SQLite's write-ahead log: every write needs room for it from now on (https://sqlite.org/wal.html)."""
    with closing(sqlite3.connect(database_file, timeout=20)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small disk at a folder; False where that is not permitted."""
    folder.mkdir(mode=0o700)
    options = f"size={DISK_MB}m,mode=0700"
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    except FileNotFoundError:
        yield False
        return
    if mounted.returncode != 0:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
