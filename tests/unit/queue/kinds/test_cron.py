"""Cron expressions in a zone, also where the clock changes."""

from datetime import UTC, datetime, timedelta

from app.queue.kinds import cron


def instants(expression: str, timezone: str, after: str, count: int) -> list[str]:
    """List the next instants of an expression, as local times."""
    from zoneinfo import ZoneInfo

    at = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(timezone))
    found = []
    for _ in range(count):
        following = cron.next_after(expression, timezone, at)
        assert following is not None
        at = following
        found.append(at.astimezone(ZoneInfo(timezone)).isoformat())
    return found


def test_a_time_that_spring_skips_fires_once_when_the_clock_has_moved() -> None:
    assert instants("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_time_that_autumn_repeats_fires_once() -> None:
    assert instants("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_weekdays_are_counted_as_cron_counts_them() -> None:
    assert instants("0 9 * * 1", "UTC", "2026-11-20T00:00", 1) == ["2026-11-23T09:00:00+00:00"]  # a Monday
    assert instants("0 9 * * 7", "UTC", "2026-11-20T00:00", 1) == ["2026-11-22T09:00:00+00:00"]  # a Sunday


def test_the_latest_instant_up_to_now_is_found_and_an_impossible_one_is_none() -> None:
    at = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    assert cron.latest_until("0 12 * * *", "UTC", at) == at
    assert cron.latest_until("0 12 * * *", "UTC", at - timedelta(seconds=1)) == at - timedelta(days=1)
    assert cron.next_after("0 0 31 2 *", "UTC", at) is None


def test_within_the_hour_that_autumn_repeats_the_next_instant_is_not_a_past_one() -> None:
    at = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Berlin, for the second time
    assert cron.next_after("30 2 * * *", "Europe/Berlin", at) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
