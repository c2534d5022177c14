"""Debian's cron itself, asked under a faked clock: does it fire as an import takes it for?

    python -m tests.unit.queue.calendar.debian_cron FOLDER

FOLDER holds the unpacked packages cron and libfaketime (`apt-get download`, `dpkg-deb -x`). Needs root on Linux: the
daemon runs with mounts of its own, so that nothing of the machine's cron is touched. Prints each cell of the tables of
docs/schedules.md, and each expression of `MORE`, that the daemon answers otherwise; the exit status is then 1.
Run by hand: it takes some minutes.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.unit.queue.calendar.dialects import CHANGES, DAYS, DEBIAN, LIBRARIES, Question, Refused, words_of

FAST, SLOW = 300, 60
"""How many seconds pass for the daemon in one of ours: over a whole day, and over some hours or minutes. At the first a
start that comes 0.2 s late is seen in the next minute; of those it is only counted how many there are."""
HOURS = 6
_JANUARY = DAYS[0]
_CASABLANCA = Question("", "", "Africa/Casablanca", "2027-03-14", 25)
MORE = (
    *(
        replace(_JANUARY, expression=one)
        for one in (
            "0 0 * * 5-7",
            "0 0 * * SUN",
            "0 0 * * mon-fri",
            "0 0 * * fri-sun",
            "0 0 * jan 1",
            "0 0 *,10 * 1",
            "0 0 10,* * 1",
            "0 0 1-31/2 * 1",
            "0 0 */2 * *",
            "0 0 2/2 * *",
            "0 0 1~5 * *",
            "0 0 * * 1,3,",
            "0 0 31-1 * *",
            "0 0 * * */3",
            "0 0 * * 8",
            "0 0 LW * *",
            "0 0 ? * 1",
            "0 0 * *",
            "@monthly",
            "@annually",
            "@Daily",
        )
    ),
    *(
        replace(CHANGES[0], expression=one)
        for one in ("45 1,2 * * *", "15 2-3 * * *", "5 * * * *", "0,30 2 * * *", "0 2,3 * * *", "0 3 * * *")
    ),
    replace(CHANGES[0], expression="0-59 2 * * *", is_counted=True),
    *(
        replace(CHANGES[1], expression=one)
        for one in ("0,30 0-3 * * *", "0-59/20 1 * * *", "*/30 1 * * *", "10 */1 * * *")
    ),
    *(replace(CHANGES[4], expression=one) for one in ("*/20 0 * * *", "59 23 * * *", "0 1 * * *")),
    *(
        replace(_CASABLANCA, expression=one, begin=day)
        for one in ("30 2 * * *", "*/30 2 * * *")
        for day in ("2027-02-07", "2027-03-14")
    ),
)

_RUN = """
set -e
mount -t tmpfs none /mnt; mkdir /mnt/upper /mnt/work
mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
cp "$PROGRAMS/etc/pam.d/cron" /etc/pam.d/; mkdir -p /etc/cron.d; rm -f /etc/cron.d/* /etc/crontab; touch /etc/crontab
cp "$PLACE"/tabs/* /etc/cron.d/; chown root /etc/cron.d/*; chmod 644 /etc/cron.d/*
ln -sf "/usr/share/zoneinfo/$TZ" /etc/localtime
mount -t tmpfs none /var/spool; mkdir -p /var/spool/cron/crontabs; mount -t tmpfs none /run
fake=$(echo "$PROGRAMS"/usr/lib/*/faketime/libfaketime.so.1)
date +%s.%N > "$PLACE/begun"
LD_PRELOAD="$fake" exec "$PROGRAMS/usr/sbin/cron" -f
"""
_CHECK = """
mount -t tmpfs none /var/spool; mkdir -p /var/spool/cron/crontabs
while IFS= read -r line; do printf '%s true\\n' "$line" > /var/spool/one
"$PROGRAMS/usr/bin/crontab" /var/spool/one >&2 && echo yes || echo no; done
"""


def main() -> int:
    """Ask the daemon, and say where it and the importer differ."""
    programs = Path(sys.argv[1]).resolve()
    asked = list(dict.fromkeys(map(_narrow, [*CHANGES, *DAYS, *MORE])))
    seen = Daemon(programs).answers(asked)
    wrong = 0
    for one in asked:
        read, fired = words_of(LIBRARIES[DEBIAN], one), seen[one]
        wrong += read != fired
        sys.stdout.write(f"{'ok   ' if read == fired else 'WRONG'} {one.expression:16} {one.zone:20} {fired}")
        sys.stdout.write("\n" if read == fired else f"\n      an import takes it for: {read}\n")
    sys.stdout.write(f"{len(asked)} asked, {wrong} answered otherwise\n")
    return 1 if wrong else 0


class Daemon:
    """Debian's cron, started anew for each stretch of time that is looked at."""

    def __init__(self, programs: Path) -> None:
        """`programs`: the folder with the unpacked packages."""
        self._programs = programs

    def answers(self, asked: Sequence[Question]) -> Mapping[Question, str]:
        """Say for each when it fires, in the words of the tables."""
        taken = self._taken(asked)
        days = [one for one in asked if one in taken and one.zone == "UTC"]
        hours = [one for one in asked if one in taken and one.zone != "UTC"]
        fired: dict[Question, list[datetime]] = {one: [] for one in asked}
        with ThreadPoolExecutor(len(hours) + 1) as pool:  # each alone: after a gap the daemon waits 10 s between two
            speeds = (FAST if one.hours > HOURS else SLOW for one in hours)
            running = [
                pool.submit(self._run, [one], one.zone, one.bounds(), fast)
                for one, fast in zip(hours, speeds, strict=True)
            ]
            for number in range(31 if days else 0):
                midnight = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=number)
                around = (midnight - timedelta(seconds=30), midnight + timedelta(seconds=50))
                self._add(fired, self._run(days, "UTC", around, SLOW))
            for one in running:
                self._add(fired, one.result())
        return {one: words_of(lambda asked: iter(fired[asked]) if asked in taken else _refuse(), one) for one in asked}

    @staticmethod
    def _add(all_of: dict[Question, list[datetime]], found: Mapping[Question, Iterable[datetime]]) -> None:
        for one, instants in found.items():
            all_of[one].extend(instants)

    def _taken(self, asked: Sequence[Question]) -> set[Question]:
        """Return those that `crontab` installs."""
        lines = "".join(f"{one.expression}\n" for one in asked)
        told = subprocess.run(
            ["unshare", "-m", "sh", "-c", _CHECK],
            input=lines,
            env={"PROGRAMS": str(self._programs), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        return {one for one, answer in zip(asked, told.stdout.split(), strict=True) if answer == "yes"}

    def _run(
        self, asked: Sequence[Question], zone: str, bounds: Sequence[datetime], speed: int
    ) -> dict[Question, list[datetime]]:
        """Let the daemon live from one instant to another; return when it started the command of each."""
        begin, end = bounds
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / "tabs").mkdir()
            for number, one in enumerate(asked):
                # A crontab has % for itself, so the time is taken by a script.
                (place / f"tabs/t{number}").write_text(f"{one.expression} root sh {place}/note {number}\n")
            (place / "note").write_text(f"date +%s.%N >> {place}/fired.$1\n")
            is_days = zone == "UTC"
            begun_at = begin if is_days else begin - timedelta(minutes=10)  # it fires from its second minute on
            words = {
                "PROGRAMS": str(self._programs),
                "PLACE": folder,
                "TZ": zone,
                "FAKETIME": f"@{begun_at.astimezone(ZoneInfo(zone)):%F %T} x{speed}",
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            }
            daemon = subprocess.Popen(["unshare", "-m", "sh", "-c", _RUN], env=words, stderr=subprocess.DEVNULL)
            time.sleep((end - begun_at).total_seconds() / speed + 1.0)
            daemon.kill()
            daemon.wait()
            begun = float((place / "begun").read_text())
            return {
                one: [
                    at
                    for line in (place / f"fired.{number}").read_text().split()
                    if begin <= (at := _minute(begun_at + timedelta(seconds=(float(line) - begun) * speed))) < end
                ]
                for number, one in enumerate(asked)
                if (place / f"fired.{number}").exists()
            }


def _narrow(one: Question) -> Question:
    """Look at some hours around the change alone, where it is told which instants there are."""
    if one.zone == "UTC" or one.hours <= HOURS or (one.is_counted and one.expression != "0-59 2 * * *"):
        return one
    is_evening = one.begin.endswith("T12:00")
    return replace(one, begin=one.begin.replace("T12:00", "T22:00"), hours=HOURS - 2 if is_evening else HOURS)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _refuse() -> Iterator[datetime]:
    raise Refused


if __name__ == "__main__":
    sys.exit(main())
