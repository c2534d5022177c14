"""The log of a job, read for its page."""

from dataclasses import dataclass

from app.db.queries import details
from app.db.snapshots.parts import LogLine
from app.pages.job_log.log import EVERY_LEVEL, LogChoice

LOG_LINES = 2000
LINES_BEFORE = 500
"""So many lines before the one that is asked for are shown."""
MAX_SEQ = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Lines of a log, and what is known of the rest of it."""

    lines: list[LogLine]
    last_seq: int
    """Of the newest line there is, chosen or not."""
    has_later: bool = False
    """Whether chosen lines come behind these."""


def read_log(job_id: int, choice: LogChoice) -> LogPart:
    """Read the last chosen lines, or those around the line that is asked for: there a text narrows nothing."""
    newest = details.list_log(job_id, tail=True, limit=1)
    level = None if choice.level == EVERY_LEVEL else choice.level
    last_seq = newest[0].seq if newest else 0
    if choice.line is not None:
        after = choice.line - LINES_BEFORE
        lines = details.list_log(job_id, level=level, attempt=choice.attempt, after=after, limit=LOG_LINES + 1)
        has_later = len(lines) > LOG_LINES
        return LogPart(lines=lines[:LOG_LINES], last_seq=last_seq, has_later=has_later)
    lines = details.list_log(job_id, level=level, text=choice.text, attempt=choice.attempt, tail=True, limit=LOG_LINES)
    return LogPart(lines=lines, last_seq=max([last_seq, *(line.seq for line in lines)]))


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
