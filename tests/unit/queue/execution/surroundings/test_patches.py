"""What a job replaced in Python's own modules is Python's again for the next."""

import builtins
import http.client
import json
import logging
import math
import os
import random
import socket
import ssl
import sys
import time
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from app.queue.execution import process_settings
from app.queue.execution.process_settings import PutBackAfterwards


def replace(owner: Any, name: str) -> Callable[[], object]:
    """Return what puts a function that does nothing in the place of another, as a script does."""
    return lambda: setattr(owner, name, lambda *_given, **_named: None)


PATCHES: dict[str, tuple[Callable[[], object], Callable[[], Any]]] = {
    "a built-in": (replace(builtins, "print"), lambda: builtins.print),
    "a built-in that is gone": (lambda: delattr(builtins, "sorted"), lambda: hasattr(builtins, "sorted")),
    "a name more, as gettext.install": (replace(builtins, "_"), lambda: hasattr(builtins, "_")),
    "a pause": (replace(time, "sleep"), lambda: time.sleep),
    "connections, as by a proxy": (lambda: setattr(socket, "socket", object), lambda: socket.socket),
    "a function": (replace(socket, "getaddrinfo"), lambda: socket.getaddrinfo),
    "a method": (replace(json.JSONEncoder, "default"), lambda: json.JSONEncoder.default),
    "what a class is set to": (
        lambda: setattr(http.client.HTTPConnection, "debuglevel", 1),
        lambda: http.client.HTTPConnection.debuglevel,
    ),
    "how warnings read": (replace(warnings, "formatwarning"), lambda: warnings.formatwarning),
    "a function in C": (replace(warnings, "warn"), lambda: warnings.warn),
    "a method as a function": (replace(random, "random"), lambda: random.random),
    "a module that is seldom needed": (replace(uuid, "uuid4"), lambda: uuid.uuid4),
    "a method of paths": (replace(Path, "exists"), lambda: Path("/nowhere").exists()),
    "a method that a class has from another": (
        replace(logging.StreamHandler, "handle"),
        lambda: logging.StreamHandler.handle,
    ),
    "a mock that is not stopped": (lambda: mock.patch("os.getpid", return_value=1).start(), lambda: os.getpid()),
    "a function more": (replace(os, "nothing"), lambda: hasattr(os, "nothing")),
    "the system": (lambda: setattr(sys, "platform", "win32"), lambda: sys.platform),
    "a number": (lambda: setattr(http.client, "_MAXHEADERS", 7), lambda: vars(http.client)["_MAXHEADERS"]),
    "how servers are looked at": (
        lambda: setattr(ssl, "_create_default_https_context", ssl._create_unverified_context),
        lambda: vars(ssl)["_create_default_https_context"],
    ),
    "the object of the variables": (lambda: setattr(os, "environ", {}), lambda: type(os.environ)),
    "a whole module": (lambda: sys.modules.update(json=ModuleType("json")), lambda: sys.modules["json"]),
    "a module that is gone": (lambda: sys.modules.pop("uuid"), lambda: sys.modules.get("uuid")),
}


@pytest.mark.parametrize("what", PATCHES)
def test_what_a_job_replaces_is_put_back(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    patch, read = PATCHES[what]
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)
    monkeypatch.setattr(process_settings, "MODULES_SECONDS", 0.0)
    before = read()
    end = process_settings.keep()

    with PutBackAfterwards():
        patch()
        meanwhile = read()
    end()

    assert meanwhile != before
    assert read() == before


def test_what_a_short_job_replaced_is_put_back_at_its_end_when_it_began_after_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_settings, "MODULES_SECONDS", math.inf)  # in a crowd its end would come too early
    monkeypatch.setattr(process_settings, "PAUSE_SECONDS", 0.0)
    before, end = builtins.print, process_settings.keep()

    with PutBackAfterwards():
        replace(builtins, "print")()
    found = builtins.print
    end()

    assert found is before


def test_what_the_last_of_a_crowd_replaced_is_put_back_before_the_next_begins_after_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_settings, "MODULES_SECONDS", math.inf)  # its end comes too early to look
    monkeypatch.setattr(process_settings, "PAUSE_SECONDS", math.inf)
    before, end = builtins.print, process_settings.keep()

    with PutBackAfterwards():
        replace(builtins, "print")()
    monkeypatch.setattr(process_settings, "PAUSE_SECONDS", 0.0)
    left = builtins.print
    with PutBackAfterwards():
        found = builtins.print
    end()

    assert left is not before
    assert found is before


def test_after_crowds_of_short_jobs_it_is_put_back_within_a_moment() -> None:
    before, end = builtins.print, process_settings.keep()

    with PutBackAfterwards():
        replace(builtins, "print")()
    while builtins.print is not before:
        with PutBackAfterwards():
            pass
    end()

    assert builtins.print is before
