"""What a job does to the standard streams: the next job prints as before."""

import codecs
import gc
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.queue.execution import process_settings
from app.queue.execution.process_settings import PutBackAfterwards


@contextmanager
def output_to(path: Path) -> Iterator[io.TextIOWrapper]:
    """Let a file be the process's standard output, as a program finds it. Within a test: pytest sets its own before."""
    shown, before = sys.stdout, os.dup(1)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 1)
    stream = io.TextIOWrapper(open(1, "wb", closefd=False), "utf-8")
    sys.stdout = stream
    end = process_settings.keep()
    try:
        yield stream
    finally:
        end()
        sys.stdout = shown
        stream.close()
        os.dup2(before, 1)
        os.close(before)


def wrap() -> None:
    """Write in another encoding."""
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="latin-1")


def wrap_what_is_left() -> None:
    """Write in another encoding, as in the times of Python 2."""
    assert isinstance(sys.stdout, io.TextIOWrapper)
    setattr(sys, "stdout", codecs.getwriter("latin-1")(sys.stdout.detach()))  # noqa: B010 (its type is another)


def set_otherwise() -> None:
    """Write what cannot be written as question marks."""
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(encoding="ascii", errors="replace")


def lead_elsewhere() -> None:
    """Lead the output of everything to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


HARMS: dict[str, Callable[[], object]] = {
    "wrapped": wrap,
    "detached": wrap_what_is_left,
    "set otherwise": set_otherwise,
    "closed": lambda: sys.stdout.close(),
    "its file closed": lambda: os.close(1),
    "its file another": lead_elsewhere,
    "its file that does not wait": lambda: os.set_blocking(1, False),
    "gone": lambda: setattr(sys, "stdout", None),
}


@pytest.mark.parametrize("harm", HARMS)
def test_the_next_job_prints_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)

    with output_to(tmp_path / "output") as stream:  # handlers of the log hold it, too
        with PutBackAfterwards():
            HARMS[harm]()
        gc.collect()
        found, waits = sys.stdout, os.get_blocking(1)
        print("übrig", flush=True)  # noqa: T201 (that is what is looked at)

    assert (tmp_path / "output").read_text("utf-8") == "übrig\n"
    assert found is stream
    assert waits
