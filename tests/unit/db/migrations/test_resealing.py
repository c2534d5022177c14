"""Every sealed secret of every table, sealed anew."""

from typing import Any

import pytest
from sqlalchemy import JSON

from app.db.clock import now
from app.db.migrations import resealing
from app.db.migrations.resealing import reseal_all
from app.db.models.jobs import Job
from app.db.models.schedules import ScheduleRow
from app.db.schema import SCHEMA
from app.db.sql.sessions import session
from tests.store import inserted

SEALED = {"$sealed": "old"}


def again(token: str) -> str | None:
    return None if token == "damaged" else "new"


def params_of(table: Any, row_id: int) -> dict[str, Any]:
    with session() as opened:
        params: dict[str, Any] = opened.get_one(table, row_id).params
        return params


@pytest.mark.both_databases
def test_secrets_are_found_wherever_they_stand(database: str) -> None:
    inserted(params={"password": SEALED, "deep": [{"more": [SEALED]}], "%_": "$sealed", "$given": {"x": SEALED}})
    inserted(params={"plain": {"$sealed": "old", "beside": 1}})
    with session(write=True) as opened:
        opened.add(ScheduleRow(kind="a", cron="", timezone="UTC", params={"key": SEALED}, created_at=now()))

    found = reseal_all(again)

    fresh = {"$sealed": "new"}
    assert (found.done, found.left) == (4, 0)
    assert params_of(Job, 1) == {
        "password": fresh,
        "deep": [{"more": [fresh]}],
        "%_": "$sealed",
        "$given": {"x": fresh},
    }
    assert params_of(Job, 2) == {"plain": {"$sealed": "old", "beside": 1}}
    assert params_of(ScheduleRow, 1) == {"key": fresh}


def test_what_cannot_be_opened_is_left_and_counted(database: str) -> None:
    inserted(params={"a": {"$sealed": "damaged"}, "b": SEALED})

    found = reseal_all(again)

    assert (found.done, found.left) == (1, 1)
    assert params_of(Job, 1) == {"a": {"$sealed": "damaged"}, "b": {"$sealed": "new"}}


def test_many_rows_are_sealed_some_at_a_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        inserted(params={"a": SEALED})

    assert reseal_all(again).done == 5


def test_every_table_that_keeps_json_has_one_key() -> None:
    keeping = [one for one in SCHEMA.sorted_tables if any(isinstance(column.type, JSON) for column in one.columns)]

    assert {"job", "schedule"} <= {one.name for one in keeping}
    assert [one.name for one in keeping if len(one.primary_key.columns) != 1] == []
