"""The log of a job, read for its page."""

from app.db.queries import details
from app.db.snapshots.parts import LogLine
from app.pages.job_log.log import EVERY_LEVEL, LogChoice

LOG_LINES = 2000


def read_log_tail(job_id: int, choice: LogChoice) -> tuple[list[LogLine], int]:
    """Read the last chosen lines, and the `seq` of the newest line there is."""
    newest = details.list_log(job_id, tail=True, limit=1)
    level = None if choice.level == EVERY_LEVEL else choice.level
    lines = details.list_log(job_id, level=level, text=choice.text, attempt=choice.attempt, tail=True, limit=LOG_LINES)
    last_seq = max([line.seq for line in (*newest, *lines)], default=0)
    return lines, last_seq


def read_whole_log(job_id: int) -> str:
    """Write the whole log as lines of text."""
    lines: list[str] = []
    after = 0
    while page := details.list_log(job_id, after=after, limit=5000):
        lines += [f"{line.at:%Y-%m-%dT%H:%M:%S.%f}Z {line.level:7} [{line.attempt}] {line.text}" for line in page]
        after = page[-1].seq
    return "\n".join(lines) + "\n"
