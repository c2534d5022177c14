"""The kinds of values that a list is narrowed by: read from an address, written into it, shown to people."""

from datetime import datetime, timedelta, timezone

import pytest

from app.db import State
from app.db.queries.filter_fields import IDS, INSTANTS, STATES


def test_what_is_written_into_an_address_is_read_from_it() -> None:
    at = datetime(2026, 11, 1, 8, 30, tzinfo=timezone(timedelta(hours=2)))
    states = frozenset({State.RUNNING, State.FAILED})

    assert INSTANTS.read(INSTANTS.write(at)) == at
    assert INSTANTS.show(at) == "01 Nov 2026 06:30 UTC"
    assert STATES.write(states) == "failed,running"
    assert STATES.read("running, failed") == states
    assert (IDS.read("12"), IDS.show(12)) == (12, "#12")


@pytest.mark.parametrize("text", ["0", "-1", "\u0661", "1.0", "", "99999999999999999999"])
def test_what_is_no_number_of_a_job_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the page says the hint of the kind, not what is in it
        IDS.read(text)


@pytest.mark.parametrize("text", ["2026-11-01T08:30:00", "yesterday", ""])
def test_a_time_without_a_zone_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        INSTANTS.read(text)
