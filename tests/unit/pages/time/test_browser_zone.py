"""The zones that a person can choose."""

import pytest

from app.pages.time import browser_zone


def test_places_and_utc_can_be_chosen() -> None:
    zones = browser_zone.zones()

    assert zones[0] == "UTC"
    assert "Europe/Berlin" in zones
    assert not [name for name in zones if name.startswith(("Etc/", "posix/"))]


def test_the_file_system_is_searched_once_for_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    first = browser_zone.zones()
    monkeypatch.setattr(browser_zone, "available_timezones", lambda: pytest.fail("searched again"))

    assert browser_zone.zones() == first
