"""What snapshots share: nobody changes them, and their times are RFC 3339 in JSON."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from app.db.snapshots.snapshot import (
    ChangedMeanwhile,
    Instant,
    Snapshot,
    require_as_shown,
    rfc3339,
    seconds_between,
    whole,
)

AT = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


class Seen(Snapshot):
    """Something that was seen."""

    at: Instant


def test_an_instant_of_any_zone_is_written_in_utc_with_microseconds() -> None:
    east = AT.astimezone(timezone(timedelta(hours=2)))

    assert rfc3339(AT) == rfc3339(east) == "2026-11-01T08:30:00.000000Z"
    assert Seen(at=east).model_dump_json() == '{"at":"2026-11-01T08:30:00.000000Z"}'
    assert Seen(at=east).model_dump()["at"] == AT


def test_a_snapshot_is_not_changed() -> None:
    with pytest.raises(ValidationError):
        setattr(Seen(at=AT), "at", AT)  # noqa: B010  # mypy would refuse the assignment itself


def test_a_time_that_passed_is_never_negative_and_unknown_without_both_ends() -> None:
    assert seconds_between(AT, AT + timedelta(seconds=1.5)) == 1.5
    assert seconds_between(AT, AT - timedelta(hours=1)) == 0.0
    assert seconds_between(None, AT) is None
    assert seconds_between(AT, None) is None


@pytest.mark.parametrize(
    ("value", "shown"), [(3.0, "3"), (3.5, "3.5"), (None, "None"), (2.0**60, "1.152921504606847e+18"), (-0.0, "0")]
)
def test_a_whole_number_is_shown_as_one_where_it_is_exact(value: float | None, shown: str) -> None:
    assert str(whole(value)) == shown


class Thing(Snapshot):
    name: str
    is_shared: bool = False
    seen: int = 0


def test_only_what_is_named_and_was_shown_counts() -> None:
    shown = Thing(name="a")

    require_as_shown(Thing(name="a", seen=5), shown, ["name", "is_shared"])
    require_as_shown(Thing(name="b"), None, ["name"])


def test_what_was_changed_meanwhile_is_named_and_told_as_it_is() -> None:
    present = Thing(name="b", is_shared=True)

    with pytest.raises(ChangedMeanwhile, match="changed meanwhile: name, shared") as refused:
        require_as_shown(present, Thing(name="a"), ["name", "is_shared"])

    assert refused.value.present == present
    assert refused.value.status_code == 409
