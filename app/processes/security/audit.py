"""`python main.py audit verify`: look whether the chain of the audit holds."""

import sys

from app.db.audit import chain
from app.errors import AppError
from app.processes.terminal.place import a_place
from app.processes.terminal.screen import clean
from app.settings import Settings

HOLDS, BROKEN = 0, 1


def verify(settings: Settings) -> int:
    """Say whether every link holds, or which is the first that does not.

    Returns:
        The exit status: 0, or 1 where one does not hold or the database is away.
    """
    try:
        with a_place(settings, starts=False):
            verdict = chain.verify()
    except AppError as error:
        sys.stderr.write(" ".join(filter(None, (error.message, error.hint))) + "\n")
        return BROKEN
    if verdict.broken is not None:
        sys.stderr.write(f"The audit is broken. {clean(verdict.broken)}\n")
        return BROKEN
    new = f", and {verdict.waiting:,} too new to be linked" if verdict.waiting else ""
    linked = "entry" if verdict.checked == 1 else "entries"
    sys.stdout.write(f"The audit holds: {verdict.checked:,} {linked} linked{new}.\n")
    if verdict.seq:
        sys.stdout.write(f"The newest link is {verdict.seq}, {verdict.hash}\n")
    return HOLDS
