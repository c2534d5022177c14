"""A package that is hidden cannot be imported meanwhile, and can be afterwards. What is loaded is never looked at for
garbage, what comes later is.
"""

import gc
import importlib
import json
import multiprocessing.synchronize
import sys

import pytest
from nicegui import run

from app.processes.blocked_imports import hidden, leave_out_pool, uncollected


def test_a_hidden_package_is_not_there_until_it_is_shown_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)

    with hidden("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")

    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_what_is_loaded_already_stays() -> None:
    with hidden("json"):
        assert importlib.import_module("json") is json


@pytest.mark.thorough
def test_garbage_is_looked_for_again_when_all_is_loaded_but_not_among_what_is_loaded() -> None:
    try:
        with uncollected():
            was_looked_for = gc.isenabled()
            loaded: list[object] = [[]]
        frozen = gc.get_freeze_count()

        assert not was_looked_for
        assert gc.isenabled()
        assert frozen > 0
        assert not any(one is loaded for one in gc.get_objects())
    finally:
        gc.unfreeze()


def test_the_page_needs_no_pool_of_processes_which_cannot_be_made_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        """Be a system whose `/dev/shm` is read-only."""
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", refuse)
    monkeypatch.setattr(run, "setup", run.setup)  # put back at the end
    monkeypatch.setattr(run, "process_pool", None)

    leave_out_pool()
    run.setup()

    assert run.process_pool is None
