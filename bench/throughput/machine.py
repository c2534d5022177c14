"""On what it was measured, and whether others used it."""

import os
import platform
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.processes.supervision.valkey import find_program
from bench.throughput.postgres import NoPostgres, find_programs

BUSY_LOAD = 1.0


@dataclass(kw_only=True)
class Machine:
    """This machine, as it was before the first run. `loads`: the load average before each run, its own included."""

    folder: Path
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    began: float = field(default_factory=time.monotonic)
    loads: list[float] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        """Say whether something else ran, so that no figure may be quoted."""
        return self.load_before > BUSY_LOAD

    def look(self) -> None:
        """Note the load average."""
        self.loads.append(os.getloadavg()[0])

    def sentence(self) -> str:
        """Describe the machine and the measurement."""
        least, most = min(self.loads, default=self.load_before), max(self.loads, default=self.load_before)
        memory = psutil.virtual_memory().total / 1024**3
        return (
            f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.release()}; "
            f"Python {platform.python_version()}, {_valkey()}, {_postgres()}; database on {_file_system(self.folder)}. "
            f"Load average {self.load_before:.1f} before the first run, {least:.1f}-{most:.1f} before the runs, "
            f"their own load included. It took {(time.monotonic() - self.began) / 60:.1f} minutes. "
            "Each figure is the median (least-most) of the interleaved runs."
        )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _valkey() -> str:
    words = _output([str(find_program()), "--version"]).split()
    version = next((word.removeprefix("v=") for word in words if word.startswith("v=")), "")
    return f"{words[0]} {version}" if words else "no Redis"


def _postgres() -> str:
    try:
        return (
            _output([str(find_programs() / "postgres"), "--version"]).split(" (Debian")[0].replace("(PostgreSQL) ", "")
        )
    except NoPostgres:
        return "no PostgreSQL"


def _file_system(folder: Path) -> str:
    mounts = sorted(psutil.disk_partitions(all=True), key=lambda one: len(one.mountpoint))
    types = [one.fstype for one in mounts if folder.is_relative_to(one.mountpoint)]
    return types[-1] if types else "an unknown file system"


def _output(arguments: list[str]) -> str:
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip()
