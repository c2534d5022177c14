"""The start of jobs on PostgreSQL by one statement, which is a transaction by itself: one way to the server and back.

For jobs that depend on no other: no key is looked for, nobody is waited for. It writes what a start inside a longer
transaction writes (`inserting.py`): the rows, their first transitions, the entries of the audit, the totals. What
waits for these totals waits for this statement alone. No notice wants to hear of a start (`told.TELLING`).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, func, literal_column, select
from sqlalchemy import insert as insert_into

from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.lifecycle import transitions
from app.db.lifecycle.transitions import NewTransition
from app.db.models.history import TransitionRow
from app.db.models.installation import AuditRow
from app.db.models.jobs import Job, StateCount
from app.db.sql.bulk_rows import DOCUMENT, Types, packed, unpacked
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import committing

_job, _transition, _audit, _total = (table_of(one) for one in (Job, TransitionRow, AuditRow, StateCount))
_BEGUN = [one.name for one in _transition.columns if one.name not in ("id", "job_id")]
_ASKED = [one.name for one in _audit.columns if one.name not in ("id", "target", "seq", "hash")]


def insert(
    values: Sequence[dict[str, Any]],
    begun: Sequence[NewTransition],
    asked: Sequence[Entry | None],
    *,
    at: datetime,
) -> list[int]:
    """Store jobs, all or none, and return their ids.

    Args:
        values: the columns of each, but its id.
        begun: their first transitions.
        asked: what the audit keeps of each; the id is added to the target. None: nothing.
        at: now.

    Raises:
        Unavailable: as `session`.
    """
    names = tuple(values[0])
    rows = [
        {**one, **_of_table(_transition, transitions.values_of(first)), **_of_table(_audit, told)}
        for one, first, entry in zip(values, begun, asked, strict=True)
        for told in [dict.fromkeys(_ASKED) if entry is None else entries.values_of(entry, at)]
    ]
    with committing() as connection:
        document = packed(_types(names), rows, connection.dialect)
        return [job_id for (job_id,) in _statement(names).run(connection, [{DOCUMENT: document}]).fetchall()]


def _of_table(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Name values as the document does, each row of which is a job with all that is written of it."""
    return {f"{table.name}.{name}": value for name, value in values.items()}


@cache
def _types(names: tuple[str, ...]) -> Types:
    """Return the types of the document's columns; `names`: those of the jobs' rows."""
    return {
        **{name: _job.c[name].type for name in names},
        **_of_table(_transition, {name: _transition.c[name].type for name in _BEGUN}),
        **_of_table(_audit, {name: _audit.c[name].type for name in _ASKED}),
    }


@cache
def _statement(names: tuple[str, ...]) -> Compiled:
    from sqlalchemy.dialects import postgresql  # as in `bulk_rows`

    sequence = select(func.pg_get_serial_sequence(literal_column("'job'"), literal_column("'id'"))).scalar_subquery()
    columns = unpacked(_types(names))
    new = select(func.nextval(sequence).label("id"), *(one.label(name) for name, one in columns.items())).cte("new")
    begun = [new.c[name] for name in _of_table(_transition, dict.fromkeys(_BEGUN))]
    asked = [new.c[name] for name in _of_table(_audit, dict.fromkeys(_ASKED))]
    target = func.concat(literal_column("'job:'"), new.c.id)
    key = (new.c.kind, new.c.state)
    in_order = [one.collate("C") for one in key]  # as `totals` locks these rows, whatever the server sorts by
    totals = select(*key, func.count()).group_by(*key).order_by(*in_order)
    counted = postgresql.insert(_total).from_select(["kind", "state", "total"], totals)
    written = (
        insert_into(_job).from_select(["id", *names], select(new.c.id, *(new.c[name] for name in names)), False),
        insert_into(_transition).from_select(["job_id", *_BEGUN], select(new.c.id, *begun), False),
        insert_into(_audit).from_select(
            ["target", *_ASKED], select(target, *asked).where(new.c["audit.act"].is_not(None)), False
        ),
        counted.on_conflict_do_update(
            index_elements=["kind", "state"], set_={"total": _total.c.total + counted.excluded.total}
        ),
    )
    parts = [one.cte(f"written_{number}") for number, one in enumerate(written)]
    return Compiled(select(new.c.id).order_by(new.c.id).add_cte(*parts), [DOCUMENT])
