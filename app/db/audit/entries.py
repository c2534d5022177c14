"""The entries of the audit: what somebody asked for. Everything that changes something on a request writes one here.

What happens by itself (a claim, an end, a rescue, the jobs of a schedule and those that a job starts) is no entry:
transitions tell it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from app.actor import Actor, ActorKind
from app.db.clock import now
from app.db.models.installation import AuditRow
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.sessions import Transaction, session

ASKING = frozenset({ActorKind.PERSON, ActorKind.TOKEN})
"""Whose acts are entries, also where a job carries them out for them."""
MAX_TARGET_LENGTH = 200
MAX_REASON_LENGTH = 1000
_entries = table_of(AuditRow)


class Result(StrEnum):
    """What became of an act."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody asked for.

    Attributes:
        act: the verb, as "cancel".
        target: what it was done to: its sort, a colon, and its id or name, as "job:12", "queue:mail", "account:ann".
        by: who asked.
        result: what became of it.
        reason: why it was refused, or what the person said; a sentence or nothing.
        details: what else is worth knowing, as JSON. No secrets, no params.
    """

    act: str
    target: str
    by: Actor
    result: Result = Result.DONE
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def record(opened: Session | Transaction, entries: Sequence[Entry]) -> None:
    """Write entries in the transaction of their acts: both are kept, or neither. Those of nobody are left out."""
    at = now()
    insert_many(opened, _entries, [values_of(one, at) for one in entries if one.by.kind in ASKING])


def values_of(entry: Entry, at: datetime) -> dict[str, Any]:
    """Return the columns of an entry's row."""
    return {
        "at": at,
        "act": entry.act,
        "target": entry.target[:MAX_TARGET_LENGTH],
        "by": entry.by.name,
        "by_kind": entry.by.kind.value,
        "via": entry.by.via,
        "address": entry.by.address,
        "result": entry.result.value,
        "reason": entry.reason[:MAX_REASON_LENGTH],
        "details": dict(entry.details),
    }


def note(entry: Entry) -> None:
    """Write an entry of an act that wrote nothing, such as one that was refused, in a transaction of its own.

    Raises:
        Unavailable: the database is away.
    """
    if entry.by.kind in ASKING:
        with session(write=True) as opened:
            record(opened, [entry])
