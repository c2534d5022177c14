"""The log of a job, read for its page."""

from dataclasses import dataclass
from typing import TypedDict

from app.db.queries import details
from app.db.snapshots.parts import LogLine
from app.pages.job_log.choice import EVERY_LEVEL, LogChoice, LogPart

LOG_LINES = 500
"""So many are shown at first, and more as one scrolls on."""
LINES_BEFORE = 200
"""So many lines before the one that is asked for are shown."""
MAX_SEQ = 2**62


def read_log(job_id: int, choice: LogChoice) -> LogPart:
    """Read the last chosen lines, or those around the line that is asked for: there a text narrows nothing."""
    newest = details.list_log(job_id, tail=True, limit=1)
    last_seq = newest[0].seq if newest else 0
    if choice.line is not None:
        earlier = read_earlier(job_id, choice, before=choice.line, most=LINES_BEFORE)
        later = read_later(job_id, choice, after=choice.line - 1)
        lines = earlier.lines + later.lines
        return LogPart(lines=lines, last_seq=last_seq, has_earlier=earlier.has_more, has_later=later.has_more)
    part = read_earlier(job_id, choice, before=MAX_SEQ)
    last_seq = max([last_seq, *(line.seq for line in part.lines)])
    return LogPart(lines=part.lines, last_seq=last_seq, has_earlier=part.has_more)


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """Chosen lines before or behind others, in order, and whether there are still more in that direction."""

    lines: list[LogLine]
    has_more: bool


def read_earlier(job_id: int, choice: LogChoice, *, before: int, most: int = LOG_LINES) -> More:
    """Read the last chosen lines whose `seq` is lower."""
    lines = details.list_log(job_id, **_asked_of(choice), before=before, tail=True, limit=most + 1)
    return More(lines=lines[-most:], has_more=len(lines) > most)


def read_later(job_id: int, choice: LogChoice, *, after: int) -> More:
    """Read the first chosen lines whose `seq` is higher."""
    lines = details.list_log(job_id, **_asked_of(choice), after=after, limit=LOG_LINES + 1)
    return More(lines=lines[:LOG_LINES], has_more=len(lines) > LOG_LINES)


class _Asked(TypedDict):
    level: str | None
    text: str
    attempt: int | None


def _asked_of(choice: LogChoice) -> _Asked:
    """Return which lines are shown: around a line that is asked for all, whatever text they have."""
    level = None if choice.level == EVERY_LEVEL else choice.level
    return {"level": level, "text": choice.text if choice.line is None else "", "attempt": choice.attempt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many lines have a text, and the how manieth of them is shown; 0: none is."""

    number: int
    total: int


def count_found(job_id: int, choice: LogChoice, *, up_to: int) -> Found:
    """Count the lines that have the text that is searched, those whose `seq` is at most `up_to`."""
    level = None if choice.level == EVERY_LEVEL else choice.level
    number, total = details.count_log(
        job_id, level=level, text=choice.text, attempt=choice.attempt, until=up_to, up_to=choice.line or 0
    )
    return Found(number=number, total=total)


def find_next(job_id: int, choice: LogChoice, *, step: int) -> int | None:
    """Return the `seq` of the next line (`step`: 1) that has the text, or of the one before (-1); None: none has it.

    Without a line to begin with, it is the last one, or the first.
    """
    level = None if choice.level == EVERY_LEVEL else choice.level
    begin = choice.line if choice.line is not None else 0 if step > 0 else MAX_SEQ
    return details.next_line(job_id, begin, step=step, level=level, text=choice.text, attempt=choice.attempt)


def read_whole_log(job_id: int) -> str:
    """Write the whole log as lines of text."""
    lines: list[str] = []
    after = 0
    while page := details.list_log(job_id, after=after, limit=5000):
        lines += [f"{line.at:%Y-%m-%dT%H:%M:%S.%f}Z {line.level:7} [{line.attempt}] {line.text}" for line in page]
        after = page[-1].seq
    return "\n".join(lines) + "\n"
