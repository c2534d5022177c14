"""Stored params are shown as they were given, without a secret in them."""

from typing import Any

import pytest

from app.db.snapshots.secrets import as_given, mask

SEALED = {"$sealed": "gAAAA"}


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"user": "me", "password": SEALED}, {"user": "me", "password": "•••"}),
        ({"logins": [{"password": SEALED}]}, {"logins": [{"password": "•••"}]}),
        ({"size": 1024, "$given": {"size": "1 KB"}}, {"size": "1 KB"}),
        ({"size": 1, "$given": {"size": [SEALED]}}, {"size": ["•••"]}),
        ({"mine": {"$sealed": "x", "more": 1}}, {"mine": {"$sealed": "x", "more": 1}}),
        (None, None),
    ],
)
def test_no_secret_is_shown_wherever_it_stands(stored: Any, shown: Any) -> None:
    assert mask(stored) == shown


def test_what_was_given_takes_the_place_of_what_the_checks_made_of_it() -> None:
    stored = {"size": 1024, "name": "a", "$given": {"size": "1 KB", "dropped": 1}}

    assert as_given(stored) == {"size": "1 KB", "name": "a"}
    assert as_given({"name": "a"}) == {"name": "a"}
