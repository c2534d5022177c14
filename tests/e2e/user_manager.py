"""A systemd of its own that runs units: a user's manager, without rights on this machine.

It never is the system's: that would set up the machine around it anew, and `systemd-tmpfiles` would empty its /tmp. It
runs as an account that there is in its own namespaces alone, sees only the units that it is given, and has a /tmp,
/run, /var/tmp, /var/lib, /opt and home folder of its own. It holds one capability, to set the groups of what it starts:
without it systemd follows no `User=`, not even of its own account. Its cgroup is removed at the end.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.missing import missing
from tests.patience import patient
from tests.waiting import until

ACCOUNT, NUMBER = "jobdeck", 59_999
HOME = Path("/var/lib/jobdeck")
_RUNTIME = Path(f"/run/user/{NUMBER}")
_SYSTEMD = Path("/lib/systemd/systemd")
_CGROUPS = Path("/sys/fs/cgroup")
_RIGHTLESS = [
    *("setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups"),
    *("--no-new-privs", "--inh-caps=-all,+setgid", "--ambient-caps=+setgid", "--bounding-set=-all,+setgid"),
    *("env", "-i", "PATH=/usr/bin:/bin", f"HOME={HOME}", f"XDG_RUNTIME_DIR={_RUNTIME}", "SYSTEMD_UNIT_PATH=/run/units"),
]
_TARGETS = ("basic", "shutdown", "network-online")
#: Runs as root in new namespaces. Its arguments: a folder with units and `jobdeck.env`, and pairs of folder and place.
#: It stays the first process of its namespace: systemd would take itself for the system's there.
_STAGE = f"""
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/etc /mnt/work /mnt/given
given=$1; shift
mount --bind "$given" /mnt/given
number=0
for pair; do number=$((number + 1)); mkdir /mnt/$number; mount --bind "${{pair%%=*}}" /mnt/$number; done
for own in /tmp /run /var/tmp /var/lib /opt "$HOME" {_CGROUPS}; do mount -t tmpfs -o mode=755 tmpfs "$own"; done
for own in /tmp /run /var/tmp; do [ "$(stat --file-system --format=%T $own)" = tmpfs ]; chmod 1777 $own; done
number=0
for pair; do
  number=$((number + 1)); mkdir -p "${{pair#*=}}"; mount --bind /mnt/$number "${{pair#*=}}"
done
mount -t overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work overlay /etc
echo {ACCOUNT}:x:{NUMBER}:{NUMBER}::{HOME}:/bin/sh >>/etc/passwd
echo {ACCOUNT}:x:{NUMBER}: >>/etc/group
cp /mnt/given/jobdeck.env /etc/jobdeck.env
mkdir -p /run/systemd/system {_RUNTIME} {HOME}
cp -r /mnt/given/units /run/units
chown {NUMBER} {_RUNTIME} {HOME}
mount -t cgroup2 cgroup2 {_CGROUPS}
{" ".join(_RIGHTLESS)} {_SYSTEMD} --user --unit=basic.target --log-target=console --log-level=info --show-status=0 \\
  --default-standard-output=inherit &
wait
"""


class UserManager:
    """A running manager; a context manager that leaves nothing behind."""

    def __init__(self, folder: Path, *, units: dict[str, str], environment: dict[str, str]) -> None:
        """Say what it has. Skips the test where that cannot be, and fails it under CI.

        Args:
            folder: an empty one, for what it is given and what it prints.
            units: their texts by file name.
            environment: what stands in /etc/jobdeck.env.
        """
        _ask_for_rights()
        self._folder = folder
        made = {f"{name}.target": "[Unit]\nDefaultDependencies=no\n" for name in _TARGETS} | units
        (folder / "units").mkdir()
        for name, text in made.items():
            (folder / "units" / name).write_text(text)
        (folder / "jobdeck.env").write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
        self._log_file = folder / "log"
        beside_v1 = _CGROUPS / "unified"
        self._cgroup = (beside_v1 if beside_v1.is_dir() else _CGROUPS) / f"jobdeck-test-{os.getpid()}"

    def start(self, seen: dict[Path, Path]) -> None:
        """Start it and wait until it answers. `seen`: folders that it sees, and where."""
        self._cgroup.mkdir()
        for file in (self._cgroup, self._cgroup / "cgroup.procs", self._cgroup / "cgroup.subtree_control"):
            os.chown(file, NUMBER, NUMBER)
        apart = ["unshare", "--mount", "--pid", "--cgroup", "--fork", "--mount-proc", "--kill-child"]
        stage = [
            "bash",
            "-c",
            _STAGE,
            "stage",
            str(self._folder),
            *(f"{source}={place}" for source, place in seen.items()),
        ]
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', str(self._cgroup), *apart, *stage],
                env={**os.environ, "HOME": str(Path.home())},
                stdout=log,
                stderr=log,
            )
        until(lambda: self._call("is-active", "basic.target").returncode == 0, every=0.1)

    def control(self, *arguments: str) -> str:
        """Return what `systemctl` answers."""
        answered = self._call(*arguments)
        assert answered.returncode == 0, answered.stderr + self.printed()
        return answered.stdout

    def shown(self, unit: str, name: str) -> str:
        """Return a property of a unit."""
        return self.control("show", unit, f"--property={name}", "--value").strip()

    def accounts(self, unit: str) -> set[int]:
        """Return as whom the processes of a unit run: the numbers of the accounts."""
        return {Path(f"/proc/{pid}").stat().st_uid for pid in self.processes(unit)}

    def processes(self, unit: str) -> list[int]:
        """Return the processes of a unit, as this machine counts them."""
        kept = [*self._cgroup.glob(f"**/{unit}.service/cgroup.procs")]
        return [int(pid) for file in kept for pid in file.read_text().split()]

    def set(self, environment: dict[str, str]) -> None:
        """Write /etc/jobdeck.env anew."""
        text = "".join(f"{name}={value}\n" for name, value in environment.items())
        inside = ["nsenter", "--target", str(self._manager()), "--mount", "tee", "/etc/jobdeck.env"]
        subprocess.run(inside, input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def printed(self) -> str:
        """Return what it and what it started wrote."""
        return self._log_file.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            sys.stdout.write(self.printed())
        self._process.kill()  # and with it the first process of the namespace, and with that all of it
        self._process.wait(patient(30))
        until(lambda: not (self._cgroup / "cgroup.procs").read_text().split() and self._is_removed())

    def _is_removed(self) -> bool:
        try:
            for folder, _, _ in os.walk(self._cgroup, topdown=False):
                Path(folder).rmdir()
        except OSError:
            return False  # something in it is still ending
        return True

    def _call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        inside = ["nsenter", "--target", str(self._manager()), "--mount", "--pid"]
        return subprocess.run(
            [*inside, *_RIGHTLESS, "systemctl", "--user", *arguments],
            capture_output=True, text=True, check=False, timeout=patient(90),
        )  # fmt: skip

    def _manager(self) -> int:
        """Return its process, as this machine counts them."""

        def find() -> int | None:
            assert self._process.poll() is None, self.printed()
            kept = self._cgroup / "init.scope" / "cgroup.procs"
            with contextlib.suppress(OSError):  # not there yet, or gone meanwhile
                for pid in kept.read_text().split():
                    if Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                        return int(pid)
            return None

        return until(find)


def _ask_for_rights() -> None:
    for program in ("unshare", "nsenter", "setpriv"):
        if shutil.which(program) is None:
            missing(f"This needs {program}.")
    if not _SYSTEMD.exists():
        missing("This needs systemd.")
    if (
        os.geteuid() != 0
        or subprocess.run(["unshare", "--mount", "--pid", "--cgroup", "--fork", "true"], check=False).returncode
    ):
        missing("This needs the right to make namespaces, as root has it.")
