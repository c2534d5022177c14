"""The chain of hashes over the entries: linking, looking whether it holds, and cutting off its old end.

Entries are linked in the order in which they are found committed, by one at a time: whoever links holds the row of
`audit_chain`. An entry that is linked is never changed again, and only the oldest are removed; the database itself
refuses the rest (the triggers of step 0018). Somebody who has the rights to take the triggers away can still not change
or remove an entry without breaking its link.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlmodel import Session

from app.db.models.installation import AuditChainRow, AuditRow
from app.db.snapshots.snapshot import rfc3339
from app.db.sql.column_types import table_of
from app.db.sql.sessions import insert_for, reading, session

BATCH = 500
_entries = table_of(AuditRow)
_chain = table_of(AuditChainRow)
_ONLY = 1
_NEW = select(_entries.c.id).where(_entries.c.seq.is_(None)).limit(1)
_HASHED = ("seq", "id", "at", "act", "target", "by", "by_kind", "via", "address", "result", "reason", "details")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole chain found.

    Attributes:
        checked: how many links hold.
        waiting: how many entries are so new that they are not linked yet.
        seq: the number of the newest link; 0: there is none.
        hash: of the newest link. Noted elsewhere, it proves all entries up to it.
        broken: what is wrong with the first link that does not hold, a sentence; None: all hold.
    """

    checked: int
    waiting: int
    seq: int
    hash: str
    broken: str | None


def link(*, limit: int = BATCH) -> int:
    """Link entries that are committed and not linked yet. Returns how many. Safe in any number of processes at once.

    Raises:
        Unavailable: the database is away.
    """
    with reading() as connection:
        if connection.execute(_NEW).first() is None:
            return 0
    with session(write=True) as opened:
        kept = _held_chain(opened)
        query = select(_entries).where(_entries.c.seq.is_(None)).order_by(_entries.c.id).limit(limit)
        links = list(_links(kept.last_seq, kept.last_hash, opened.execute(query).all()))
        if links:
            one = _entries.c.id == bindparam("of_id")
            opened.connection().execute(update(_entries).where(one, _entries.c.seq.is_(None)), links)
            last = {"last_seq": links[-1]["seq"], "last_hash": links[-1]["hash"]}
            opened.execute(update(_chain).where(_chain.c.id == _ONLY).values(last))
        return len(links)


def verify() -> Verdict:
    """Look at every link, from the oldest that is kept.

    Raises:
        Unavailable: the database is away.
    """
    end = _read_chain()
    before, digest, checked = end.pruned_seq, end.pruned_hash, 0
    broken = None
    while broken is None and before < end.last_seq:
        rows = _rows_after(before, up_to=end.last_seq)
        if not rows or rows[0].seq != before + 1:
            now_kept = _read_chain()
            if now_kept.pruned_seq > before:  # they became too old while this looked
                before, digest = now_kept.pruned_seq, now_kept.pruned_hash
                continue
        broken, digest = _first_broken(before, digest, rows)
        checked += len(rows) if broken is None else 0
        before = rows[-1].seq if rows else end.last_seq
    if broken is None and digest != end.last_hash:
        broken = f"Link {end.last_seq} is not the one that the chain ended with."
    return Verdict(checked=checked, waiting=count_waiting(), seq=end.last_seq, hash=end.last_hash, broken=broken)


def prune(before: datetime, *, limit: int = BATCH) -> int:
    """Remove the oldest linked entries that are older than an instant, some at a time. Returns how many; 0: none.

    The chain remembers the hash of the last that was removed: what is left is linked to it.

    Raises:
        Unavailable: the database is away.
    """
    with session(write=True) as opened:
        kept = _held_chain(opened)
        query = (
            select(_entries.c.seq, _entries.c.hash, _entries.c.at)
            .where(_entries.c.seq > kept.pruned_seq)
            .order_by(_entries.c.seq)
            .limit(limit)
        )
        old = 0
        for seq, digest, at in opened.execute(query).all():
            if at >= before:
                break
            old, last = old + 1, {"pruned_seq": seq, "pruned_hash": digest}
        if old:
            opened.execute(update(_chain).where(_chain.c.id == _ONLY).values(last))
            opened.execute(delete(_entries).where(_entries.c.seq <= last["pruned_seq"]))
        return old


def count_waiting(*, limit: int = 100_000) -> int:
    """Count the entries that are not linked yet, up to a limit."""
    some = select(_entries.c.id).where(_entries.c.seq.is_(None)).limit(limit).subquery()
    with session() as opened:
        count: int = opened.execute(select(func.count()).select_from(some)).scalar_one()
        return count


def _links(seq: int, digest: str, rows: Sequence[Row[Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        seq += 1
        digest = _hash(digest, {**row._mapping, "seq": seq})
        yield {"of_id": row.id, "seq": seq, "hash": digest}


def _hash(before: str, entry: dict[str, Any]) -> str:
    """Return the hash of an entry and of the link before: SHA-256 over JSON with sorted keys, in UTF-8."""
    told = {name: entry[name] for name in _HASHED} | {"at": rfc3339(entry["at"]), "before": before}
    written = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(written.encode()).hexdigest()


def _first_broken(seq: int, digest: str, rows: Sequence[Row[Any]]) -> tuple[str | None, str]:
    """Follow links from the one before them. Returns what is wrong with the first that is, and the last hash."""
    if not rows:
        return f"Link {seq + 1} is missing, and all that followed it.", digest
    for row in rows:
        seq += 1
        if row.seq != seq:
            return f"Link {seq} is missing.", digest
        digest = _hash(digest, dict(row._mapping))
        if row.hash != digest:
            what = f"{row.act} {row.target} by {row.by}, {rfc3339(row.at)}"
            return f"Link {seq} does not hold: its entry (#{row.id}: {what}) was changed.", digest
    return None, digest


def _rows_after(seq: int, *, up_to: int) -> Sequence[Row[Any]]:
    query = select(_entries).where(_entries.c.seq > seq, _entries.c.seq <= up_to).order_by(_entries.c.seq).limit(BATCH)
    with session() as opened:
        return opened.execute(query).all()


def _read_chain() -> Row[Any] | AuditChainRow:
    with session() as opened:
        found = opened.execute(select(_chain)).first()
    return found or AuditChainRow()


def _held_chain(opened: Session) -> Row[Any]:
    """Return the chain's row, which nobody else changes until the session ends."""
    blank = AuditChainRow(id=_ONLY).model_dump()
    opened.execute(insert_for(opened)(_chain).values(blank).on_conflict_do_nothing())
    return opened.execute(select(_chain).with_for_update()).one()
