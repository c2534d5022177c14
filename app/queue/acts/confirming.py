"""Whether somebody means it: kinds that want to be confirmed (`@job(confirm=…)`) are asked for at every door.

A start from Python, another job and an instant of a schedule are not asked: whoever wrote them meant it.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from app.db import JobFilter
from app.db.queries import jobs
from app.db.snapshots.secrets import mask
from app.errors import Unconfirmed
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import registry


def require_confirmed(*kinds: Kind[Any, Any], stored: Mapping[str, Any] | None = None) -> None:
    """Refuse a start where a kind wants to be confirmed.

    Args:
        kinds: what is started, and what follows it.
        stored: the params of the first, where they are those of a row.

    Raises:
        Unconfirmed: one wants to be.
    """
    said = {kind.title: kind.confirm for kind in kinds if kind.confirm is not None}
    if said:
        is_first_alone = kinds[0].title in said and len(said) == 1
        raise Unconfirmed(said, params=mask(dict(stored or {})) if is_first_alone else None)


def require_all_confirmed(which: JobFilter, *, ids: Collection[int] | None = None) -> None:
    """Refuse to run jobs again where one of them is of a kind that wants to be confirmed.

    Args:
        which: all that match,
        ids: and only of these, where they are given.

    Raises:
        Unconfirmed: there is one.
        Unavailable: the database is away.
    """
    said = {
        kind.title: kind.confirm
        for kind in registry.kinds.values()
        if kind.confirm is not None and _has_any(kind.name, which, ids)
    }
    if said:
        raise Unconfirmed(said)


def _has_any(kind: str, which: JobFilter, ids: Collection[int] | None) -> bool:
    if which.kind not in (None, kind):
        return False
    of_kind = replace(which, kind=kind)
    return bool(jobs.list_matching(of_kind, limit=1) if ids is None else jobs.matching_ids(of_kind, ids))
