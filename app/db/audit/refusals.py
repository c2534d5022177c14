"""Acts that were refused, in the audit: who asked for what in vain, and why.

What is carried out writes its own entry, in its own transaction (`app.db.audit`).
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry, Result
from app.errors import AppError, Unavailable, Unconfirmed

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)


def kept_if_refused(
    act: str, sort: str, *, target: str | None = None, only: type[AppError] = AppError
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate an act that takes `by`.

    Args:
        act: the verb.
        sort: of what it is done to, as "job".
        target: what of that sort. None: the first argument says it; where there is none, it is one's own.
        only: such refusals; what it calls keeps the others.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except (Unavailable, Unconfirmed):  # the second is a question, which may be answered
                raise
            except only as error:
                by = kwargs["by"]
                assert isinstance(by, Actor)
                said: object = args[0] if args else by.account
                name = getattr(said, "name", said) if target is None else target
                fields = {"fields": [one.field for one in error.fields]} if error.fields else {}
                keep_refusal(Entry(act=act, target=f"{sort}:{name}", by=by, reason=error.message, details=fields))
                raise

        return asked

    return decorate


def keep_refusal(entry: Entry) -> None:
    """Write down that an act was refused. While the database is away the log alone tells it."""
    try:
        entries.note(replace(entry, result=Result.REFUSED))
    except Unavailable:
        _log.warning("%s %s was refused to %s: %s", entry.act, entry.target, entry.by.name, entry.reason)
