"""Times without a zone are meant in UTC."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, BeforeValidator, Field

from app.queue.params.instants import with_zone, with_zones

NAIVE = datetime(2026, 1, 1)
AWARE = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
IN_UTC = datetime(2026, 1, 1, tzinfo=UTC)


class Window(BaseModel):
    since: datetime = Field(alias="from")
    own: Annotated[datetime | None, BeforeValidator(lambda value: value)] = None
    note: str = ""


@pytest.mark.parametrize(
    ("hint", "given", "wanted"),
    [
        (datetime, NAIVE, IN_UTC),
        (datetime, "2026-01-01", IN_UTC),
        (datetime, date(2026, 1, 1), IN_UTC),
        (datetime, AWARE, AWARE),
        (datetime, "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00+02:00"),
        (datetime, "soon", "soon"),
        (datetime, 5, 5),
        (list[datetime | None], [NAIVE, None], [IN_UTC, None]),
        (Window, {"from": "2026-01-01", "note": "2026-01-01"}, {"from": IN_UTC, "note": "2026-01-01"}),
        (str, "2026-01-01", "2026-01-01"),
    ],
)
def test_a_time_without_a_zone_is_meant_in_utc(hint: Any, given: Any, wanted: Any) -> None:
    assert with_zone(hint, given) == wanted


def test_what_the_author_reads_first_is_left_alone() -> None:
    assert with_zones(Window, {"own": NAIVE, "unknown": NAIVE}) == {"own": NAIVE, "unknown": NAIVE}
