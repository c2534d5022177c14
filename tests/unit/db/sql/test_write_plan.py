"""A plan of writes: all of it, or nothing where a row is no longer as it was read."""

import pytest

from app.db.lifecycle.totals import transaction
from app.db.models.jobs import Job
from app.db.queries import jobs
from app.db.sql.bulk_rows import update_many
from app.db.sql.column_types import table_of
from app.db.sql.engine import engine
from app.db.sql.write_plan import Overtaken, WritePlan
from tests.store import stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def write(*rows: dict[str, object]) -> None:
    """Plan an update of these rows, and write the plan."""
    plan = WritePlan(engine().dialect)
    update_many(plan, table_of(Job), rows)
    with transaction() as opened:
        plan.write(opened)


def test_a_plan_is_written_whole() -> None:
    job_ids = [stored().job_id for _ in range(3)]

    write(*({"of_id": job_id, "of_version": 1, "title": "Other", "version": 2} for job_id in job_ids))

    assert [(jobs.get_job(job_id).title, jobs.get_job(job_id).version) for job_id in job_ids] == [("Other", 2)] * 3


def test_nothing_of_a_plan_is_written_where_one_row_was_changed_meanwhile() -> None:
    first, second = stored().job_id, stored().job_id
    write({"of_id": second, "of_version": 1, "title": "Changed", "version": 2})

    with pytest.raises(Overtaken):
        write(*({"of_id": job_id, "of_version": 1, "title": "Other", "version": 2} for job_id in (first, second)))

    assert [jobs.get_job(job_id).title for job_id in (first, second)] == ["Count", "Changed"]
