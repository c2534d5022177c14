"""What an address says of who can reach it."""

import pytest

from app.settings import load_settings
from app.settings.addresses import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_a_loopback_host_is_known_as_one(host: str) -> None:
    assert is_loopback(load_settings(host=host).host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "deck.example"])
def test_another_host_is_taken_and_known_as_none(host: str) -> None:
    assert not is_loopback(load_settings(host=host).host)
