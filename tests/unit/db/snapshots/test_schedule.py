"""What others see of a schedule: its pause, and whether it fires as its file says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.models.schedules import ScheduleRow
from app.db.snapshots.schedule import Schedule
from app.db.snapshots.secrets import SECRET_SHOWN_AS

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def schedule(**changes: Any) -> Schedule:
    """Make the snapshot of a schedule that a file declares."""
    row: dict[str, Any] = {
        "id": 1,
        "kind": "count",
        "cron": "0 3 * * *",
        "declared_cron": "0 3 * * *",
        "timezone": "UTC",
        "declared_timezone": "UTC",
        "params": {},
        "created_at": NOON,
        "created_by": "code",
        **changes,
    }
    return Schedule.from_row(ScheduleRow(**row))


def test_a_pause_ends_at_its_time_or_when_somebody_ends_it() -> None:
    until_resumed, for_an_hour = (
        schedule(paused_at=NOON),
        schedule(paused_at=NOON, paused_until=NOON + timedelta(hours=1)),
    )

    assert not schedule().is_paused(NOON)
    assert until_resumed.is_paused(NOON + timedelta(days=900))
    assert [for_an_hour.is_paused(NOON + timedelta(minutes=minutes)) for minutes in (0, 59, 60)] == [True, True, False]


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, False),
        ({"cron": "0 4 * * *"}, True),
        ({"cron": "0 3 * * *\n0 4 * * *"}, True),
        ({"timezone": "Europe/Berlin"}, True),
        ({"exclude": ["2027-01-02"]}, True),
        ({"cron": "", "every_seconds": 60}, True),
        ({"cron": "0 4 * * *", "declared_cron": None}, False),
    ],
)
def test_it_differs_from_its_file_where_it_fires_by_another_rule(changes: dict[str, Any], differs: bool) -> None:
    assert schedule(**changes).differs is differs


def test_its_expressions_are_apart_and_its_secrets_are_not_shown() -> None:
    seen = schedule(cron="0 3 * * *\n0 4 * * *", params={"key": {"$sealed": "sealed"}, "size": 1})

    assert seen.cron == ("0 3 * * *", "0 4 * * *")
    assert seen.params == {"key": SECRET_SHOWN_AS, "size": 1}
