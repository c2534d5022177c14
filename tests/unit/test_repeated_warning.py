"""A warning that comes with each try is logged once."""

import logging

import pytest

from app.repeated_warning import RepeatedWarning


def test_a_warning_is_said_once_until_it_is_over_or_another(caplog: pytest.LogCaptureFixture) -> None:
    warning = RepeatedWarning(logging.getLogger("app.tester"))

    for sentence in ("Away.", "Away.", "Full of %s.", "Full of %s.", "Away."):
        warning.say(sentence)
    warning.end()
    warning.say("Away.")

    assert caplog.messages == ["Away.", "Full of %s.", "Away.", "Away."]
    assert {one.levelno for one in caplog.records} == {logging.WARNING}
