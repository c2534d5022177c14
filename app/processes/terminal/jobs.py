"""`python main.py jobs`: find jobs with the query language, as a table for people or as JSON for programs."""

import json
import shutil
import sys
from typing import TextIO

from tzlocal import get_localzone

from app.db import JobFilter, JobSnapshot
from app.db.queries import counts, jobs
from app.errors import AppError
from app.processes.terminal.place import a_place
from app.processes.terminal.screen import BAD_INPUT, clean, duration, exit_status, result_text
from app.settings import Settings

FOUND = 0
MOST = 1000
_PAGE = 200
_WIDEST = 120


def run(settings: Settings, query: str, *, limit: int, as_json: bool) -> int:
    """Print the newest jobs that match a query.

    Args:
        settings: say where the jobs are.
        query: in the query language (docs/query-language.md); days begin in this machine's zone.
        limit: at most so many, from 1 to `MOST`.
        as_json: print what `GET /api/v1/jobs` answers.

    Returns:
        The exit status: 0, also where nothing matches; 1 where the database is away; 2 where the query has a mistake.
    """
    if not 1 <= limit <= MOST:
        sys.stderr.write(f"--limit is a number from 1 to {MOST:,}.\n")
        return BAD_INPUT
    try:
        which = JobFilter(text=query.strip(), zone=get_localzone())
        with a_place(settings, starts=False):
            found, following = _newest(which, limit)
            count = counts.count_jobs(which)
    except AppError as error:
        complain(error, query)
        return exit_status(error.status_code)
    show(found, following, count, as_json=as_json)
    return FOUND


def show(found: list[JobSnapshot], following: str | None, count: counts.Count, *, as_json: bool) -> None:
    """Print jobs as a table, or as the API answers them. `following`: its `next`; `count`: how many match."""
    if as_json:
        listed = [job.model_dump(mode="json") for job in found]
        answer = {"items": listed, "next": following, "count": count.count, "count_is_exact": count.is_exact}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        return
    _print_table(found, sys.stdout)
    number = f"{count.count:,}{'' if count.is_exact else ' or more'}"
    sys.stderr.write(f"{len(found):,} of {number} job{'s' * (count.count != 1)}.\n")


def _newest(which: JobFilter, limit: int) -> tuple[list[JobSnapshot], str | None]:
    found: list[JobSnapshot] = []
    following: str | None = None
    while len(found) < limit:
        page = jobs.list_jobs(which, limit=min(_PAGE, limit - len(found)), after=following)
        found += page.items
        following = page.next
        if following is None:
            break
    return found, following


def _print_table(found: list[JobSnapshot], out: TextIO) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST) if out.isatty() else None
    rows = [_cells(job) for job in found]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for number, state, began, took, rest in rows:
        fixed = f"{number:>{widths[0]}}  {state:<{widths[1]}}  {began:<{widths[2]}}  {took:>{widths[3]}}  "
        line = clean(fixed + rest)
        out.write((line if width is None or len(line) <= width else line[: width - 1] + "…") + "\n")


def _cells(job: JobSnapshot) -> tuple[str, str, str, str, str]:
    """Return number, state, when it began (or was started), how long it ran, and what it is with what came of it."""
    at = job.started_at or job.created_at
    took = "" if job.run_seconds is None else duration(job.run_seconds)
    outcome = job.error.message if job.error else "" if job.result is None else result_text(job.result)
    words = " ".join(f"{job.title}  {outcome}".split())
    return f"#{job.id}", job.state, f"{at.astimezone():%Y-%m-%d %H:%M:%S}", took, words


def complain(error: AppError, query: str) -> None:
    """Say what was wrong, and where."""
    position = getattr(error, "position", None)
    if position is not None and "\n" not in query:
        sys.stderr.write(f"  {clean(query)}\n  {' ' * (position - 1)}^\n")
    sys.stderr.write(" ".join(filter(None, (error.message, error.hint))) + "\n")
