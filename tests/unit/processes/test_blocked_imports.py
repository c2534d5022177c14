"""A package that is hidden cannot be imported meanwhile, and can be afterwards."""

import importlib
import json
import sys

import pytest

from app.processes.blocked_imports import hidden


def test_a_hidden_package_is_not_there_until_it_is_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)

    with hidden("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")

    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_what_is_loaded_already_stays() -> None:
    with hidden("json"):
        assert importlib.import_module("json") is json
