"""Many rows in one call are kept as single ones are, whatever is in them."""

from typing import Any

import pytest
from sqlmodel import col, select

from app.db.clock import now
from app.db.lifecycle.totals import transaction
from app.db.models.history import LogLineRow
from app.db.models.jobs import Job
from app.db.queries import jobs
from app.db.sql.bulk_rows import insert_many, update_many
from app.db.sql.column_types import table_of
from app.db.sql.engine import engine
from app.db.sql.sessions import session
from app.db.sql.write_plan import WritePlan
from tests.store import stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]
ODD = ["", 'it\'s "quoted" % ? :name', "NUL \0", "half \ud800", "two\nlines ü", "null"]


def lines(job_id: int) -> list[dict[str, Any]]:
    """Describe log lines of odd texts."""
    return [
        {"job_id": job_id, "seq": seq, "attempt": 1, "at": now(), "level": 20, "text": text}
        for seq, text in enumerate(ODD, 1)
    ]


def texts_of(job_id: int) -> list[str]:
    """Return what is kept."""
    with session() as opened:
        rows = opened.exec(select(LogLineRow).where(col(LogLineRow.job_id) == job_id).order_by(col(LogLineRow.seq)))
        return [row.text for row in rows]


def test_rows_that_are_inserted_together_are_kept_as_single_ones_are() -> None:
    together, one_by_one = stored().job_id, stored().job_id

    with session(write=True) as opened:
        insert_many(opened, table_of(LogLineRow), lines(together))
        for row in lines(one_by_one):
            insert_many(opened, table_of(LogLineRow), [row])
        insert_many(opened, table_of(LogLineRow), [])

    assert texts_of(together) == texts_of(one_by_one)
    assert texts_of(together)[2:4] == ["NUL ␀", "half ?"]


@pytest.mark.parametrize("size", [1, 3])
def test_rows_that_are_there_already_are_left_out_where_that_is_asked(size: int) -> None:
    job_id = stored().job_id
    again = [{**row, "text": "again"} for row in lines(job_id)]

    with session(write=True) as opened:
        insert_many(opened, table_of(LogLineRow), lines(job_id)[:2], leaves_known=True)
        insert_many(opened, table_of(LogLineRow), again[:size], leaves_known=True)

    assert texts_of(job_id) == [*ODD[:2], *["again"] * (size - 2)]


def test_rows_that_are_updated_together_each_get_their_own_values() -> None:
    job_ids = [stored().job_id for _ in range(3)]
    results: list[Any] = [{"text": "\0", "big": 2**70}, "null", None]
    plan = WritePlan(engine().dialect)

    update_many(
        plan,
        table_of(Job),
        [{"of_id": job_id, "result": result, "version": 2} for job_id, result in zip(job_ids, results, strict=True)],
    )
    with transaction() as opened:
        plan.write(opened)

    assert [(jobs.get_job(job_id).result, jobs.get_job(job_id).version) for job_id in job_ids] == [
        (result, 2) for result in results
    ]
