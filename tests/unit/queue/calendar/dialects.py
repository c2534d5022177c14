"""What cron expressions mean to others: each library, at its pinned version, is asked for its own instants.

The two tables of docs/schedules.md are made from this: python -m tests.unit.queue.calendar.dialects
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from celery import Celery
from celery.schedules import crontab
from croniter import croniter
from cronsim import CronSim
from cronstable.cronexpr import CronTab

from app.queue.acts.schedules.moving.cron_fields import NeverFires, read_fields
from app.queue.calendar.cron import ALIASES
from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.rule import Rule

DOC = Path(__file__).parents[4] / "docs/schedules.md"
NEW_YORK, LORD_HOWE, SANTIAGO = "America/New_York", "Australia/Lord_Howe", "America/Santiago"
DEBIAN = "Debian's cron"
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_LISTED = 6
"""So many instants are named; of more it is said how many."""


class Refused(Exception):
    """The library does not take the expression."""


@dataclass(frozen=True, slots=True)
class Question:
    """An expression, and the local time in which its instants are looked at.

    Attributes:
        expression: of cron.
        systemd: the same for systemd; empty: it cannot be said there.
        zone: where the wall clock is.
        begin: the first minute, local.
        hours: how long.
        is_counted: tell how many there are, not which.
    """

    expression: str
    systemd: str
    zone: str
    begin: str
    hours: int
    is_counted: bool = False

    def bounds(self) -> tuple[datetime, datetime]:
        """Return the first minute, and the one that is too late, in UTC."""
        begin = datetime.fromisoformat(self.begin).replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        return begin, begin + timedelta(hours=self.hours)


CHANGES = (
    Question("30 2 * * *", "*-*-* 02:30:00", NEW_YORK, "2027-03-14", 23),
    Question("30 1 * * *", "*-*-* 01:30:00", NEW_YORK, "2027-11-07", 25),
    Question("*/15 * * * *", "*-*-* *:00/15:00", NEW_YORK, "2027-03-14", 23, is_counted=True),
    Question("*/15 * * * *", "*-*-* *:00/15:00", NEW_YORK, "2027-11-07", 25, is_counted=True),
    Question("0 0 * * *", "*-*-* 00:00:00", SANTIAGO, "2027-09-04T12:00", 20),
    Question("30 * * * *", "*-*-* *:30:00", LORD_HOWE, "2027-10-03T01:00", 3),
    Question("10 */2 * * *", "*-*-* 00/2:10:00", LORD_HOWE, "2027-04-04T01:00", 4),
    Question("* 2 * * *", "*-*-* 02:*:00", LORD_HOWE, "2027-04-04", 24, is_counted=True),
)
_JANUARY = ("UTC", "2027-01-01", 31 * 24)
DAYS = (
    Question("0 0 13 * 5", "Fri *-*-13", *_JANUARY),
    Question("0 0 */2 * 1", "Mon *-*-01/2", *_JANUARY),
    Question("0 0 1-31 * 1", "Mon *-*-01..31", *_JANUARY),
    Question("0 0 * * 0", "0 *-*-*", *_JANUARY),
    Question("0 0 * * 7", "7 *-*-*", *_JANUARY),
    Question("0 0 * * 1-5", "Mon..Fri *-*-*", *_JANUARY, is_counted=True),
    Question("0 0 * * 6-1", "Sat..Mon *-*-*", *_JANUARY, is_counted=True),
    Question("0 0 L * *", "*-*~01", *_JANUARY),
    Question("0 0 * * 5L", "Fri *-*~01..07", *_JANUARY),
    Question("0 0 * * 5#2", "Fri *-*-08..14", *_JANUARY),
    Question("0 0 16W * *", "", *_JANUARY),
    Question("0 0 30 2 *", "*-02-30", *_JANUARY),
    Question("@weekly", "weekly", *_JANUARY),
    Question("0 0 0 * * *", "", *_JANUARY, is_counted=True),
)


def _ours(question: Question) -> Iterator[datetime]:
    begin, _ = question.bounds()
    return Rule(timezone=question.zone, cron=(question.expression,)).coming(begin - timedelta(seconds=1))


def _debian(question: Question) -> Iterator[datetime]:
    """Give what an import takes Debian's cron for; `debian_cron` holds that against the daemon itself."""
    begin, _ = question.bounds()
    try:
        fields = read_fields(_five_fields(question.expression))
    except NeverFires:
        return iter(())
    there = Foreign(program="cron", timezone=question.zone, rules=(fields.rule,))
    return there.coming(begin - timedelta(seconds=1))


def _five_fields(expression: str) -> str:
    fields = ALIASES.get(expression, expression)
    if len(fields.split()) < 5:
        raise Refused
    return " ".join(fields.split()[:5])  # what follows is the command


def _cronsim(question: Question) -> Iterator[datetime]:
    begin, _ = question.bounds()
    for at in CronSim(question.expression, begin.astimezone(ZoneInfo(question.zone)) - timedelta(seconds=1)):
        yield at.astimezone(UTC)


def _croniter(question: Question) -> Iterator[datetime]:
    begin, _ = question.bounds()
    local = begin.astimezone(ZoneInfo(question.zone)) - timedelta(seconds=1)
    walk = croniter(question.expression, local, ret_type=datetime)
    while True:
        yield walk.get_next().astimezone(UTC)


def _apscheduler(question: Question) -> Iterator[datetime]:
    begin, end = question.bounds()
    trigger = CronTrigger.from_crontab(question.expression, timezone=ZoneInfo(question.zone))
    before, now = None, begin
    while now < end and (at := trigger.get_next_fire_time(before, now)) is not None:
        yield at.astimezone(UTC)
        before, now = at, at.astimezone(UTC) + timedelta(microseconds=1)


def _celery(question: Question) -> Iterator[datetime]:
    """Ask Celery's schedule each minute whether it is due, as its beat does."""
    fields = question.expression.split()
    if len(fields) != 5:
        raise Refused
    begin, end = question.bounds()
    app = Celery(set_as_current=False)
    app.conf.update(timezone=question.zone, enable_utc=True)
    at = begin
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    zone = ZoneInfo(question.zone)
    schedule = crontab(**dict(zip(names, fields, strict=True)), app=app, nowfun=lambda: at.astimezone(zone))
    last = begin - _MINUTE
    step = _DAY if fields[:2] == ["0", "0"] and question.zone == "UTC" else _MINUTE
    while at < end:
        if schedule.is_due(last.astimezone(zone)).is_due:
            yield at
            last = at
        at += step


def _cronstable(question: Question) -> Iterator[datetime]:
    begin, _ = question.bounds()
    local = begin.astimezone(ZoneInfo(question.zone)) - timedelta(seconds=1)
    for at in CronTab(question.expression).occurrences(local):
        yield at.astimezone(UTC)


def _systemd(question: Question) -> Iterator[datetime]:
    if not question.systemd:
        raise Refused
    begin, _ = question.bounds()
    words = ["systemd-analyze", "calendar", "--iterations=150", f"--base-time={begin - timedelta(seconds=1):%F %T} UTC"]
    asked = subprocess.run(
        [*words, f"{question.systemd} {question.zone}"], env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True
    )
    if asked.returncode:
        raise Refused
    for one in re.findall(r"(?:elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC", asked.stdout):
        yield datetime.fromisoformat(one).replace(tzinfo=UTC)


LIBRARIES: dict[str, Callable[[Question], Iterator[datetime]]] = {
    "Jobdeck": _ours,
    DEBIAN: _debian,
    "cronsim": _cronsim,
    "croniter": _croniter,
    "APScheduler": _apscheduler,
    "Celery": _celery,
    "cronstable": _cronstable,
    "systemd": _systemd,
}


def has_systemd() -> bool:
    """Say whether systemd can be asked here."""
    return shutil.which("systemd-analyze") is not None


def words_of(instants: Callable[[Question], Iterator[datetime]], question: Question) -> str:
    """Say in few words when an expression fires. `instants`: gives them, or raises where it is refused."""
    _, end = question.bounds()
    try:
        found = list(takewhile(lambda at: at < end, islice(instants(question), 200)))
    except Exception:  # each library has its own
        return "refused"
    if not found:
        return "never"
    if question.is_counted or len(found) > _LISTED:
        return f"{len(found)} times"
    return ", ".join(_said(at, question) for at in found)


def _said(at: datetime, question: Question) -> str:
    local = at.astimezone(ZoneInfo(question.zone))
    if question.zone == "UTC":
        return f"{local:%a} {local.day}"
    return f"{local:%H:%M}{' again' if local.fold else ''}"


def table(questions: Sequence[Question], *, libraries: Sequence[str]) -> list[list[str]]:
    """Return a table: its head, and a row for each question."""
    head = ["", *libraries]
    return [head, *([_asked(one), *(words_of(LIBRARIES[name], one) for name in libraries)] for one in questions)]


def _asked(question: Question) -> str:
    if question.zone == "UTC":
        return f"`{question.expression}`"
    day = (question.bounds()[1] - _MINUTE).astimezone(ZoneInfo(question.zone))
    return f"`{question.expression}` {question.zone.rpartition('/')[2].replace('_', ' ')} {day.day} {day:%b}"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Write a table for a document."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def versions() -> str:
    """Say which versions were asked."""
    names = ("cronsim", "croniter", "APScheduler", "celery", "cronstable")
    return ", ".join(f"{name} {version(name)}" for name in names)


def tables_of(text: str) -> dict[str, list[list[str]]]:
    """Read the tables between their marks in the document: name → rows, without the line below the head."""
    found = {}
    for name, body in re.findall(r"<!-- dialects: (\w+) -->\n(.*?)<!-- /dialects -->", text, re.DOTALL):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in body.strip().splitlines()]
        found[name] = [rows[0], *rows[2:]]
    return found


def main() -> None:
    """Write the tables into the document."""
    text = DOC.read_text()
    for name, questions in (("changes", CHANGES), ("days", DAYS)):
        made = markdown(table(questions, libraries=list(LIBRARIES)))
        before, mark, rest = text.partition(f"<!-- dialects: {name} -->\n")
        text = f"{before}{mark}{made}\n<!-- /dialects -->{rest.partition('<!-- /dialects -->')[2]}"
    DOC.write_text(re.sub(r"(<!-- versions -->).*?(<!-- /versions -->)", rf"\g<1>{versions()}\g<2>", text))


if __name__ == "__main__":
    main()
