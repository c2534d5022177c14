"""The standard streams of a process in which jobs run, and their being put back.

`sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")` is the habit of many scripts. Where such a wrapper
goes it closes what it stands on, and every `print` of later jobs, and what the process itself logs, would fail.
"""

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from typing import Any

_NAMES = ("stdin", "stdout", "stderr")


@dataclass(frozen=True, slots=True)
class _Stream:
    """One of them, as it was: the object, how it writes, and another number of the file that it stands on."""

    ours: Any
    settings: dict[str, Any]
    kept: int | None
    file: tuple[int, int, bool] | None


class Streams:
    """The standard streams, as they were when this was made."""

    def __init__(self) -> None:
        """Look at them."""
        self._streams = [
            _Stream(ours=(ours := getattr(sys, name)), settings=_settings(ours), kept=_copy(number), file=_file(number))
            for number, name in enumerate(_NAMES)
        ]

    def close(self) -> None:
        """Give the numbers back."""
        for one in self._streams:
            if one.kept is not None:
                os.close(one.kept)

    def read(self) -> list[Any]:
        """Return what is compared after every job: the objects, and how they write."""
        return [(getattr(sys, name), _settings(getattr(sys, name))) for name in _NAMES]

    def read_files(self) -> list[Any]:
        """Return what is compared more seldom: the files that they stand on."""
        return [_file(number) for number in range(len(_NAMES))]

    def put_back(self, _: object = None) -> None:
        """Let each be as it was."""
        for number, (name, one) in enumerate(zip(_NAMES, self._streams, strict=True)):
            theirs = getattr(sys, name)
            setattr(sys, name, one.ours)
            if theirs is not one.ours:
                _take_off(theirs, one.ours)
            if one.kept is not None and one.file is not None and _file(number) != one.file:
                os.dup2(one.kept, number)
                os.set_blocking(number, one.file[2])
            if _settings(one.ours) != one.settings:
                _set_up(one, number)


def _settings(stream: Any) -> dict[str, Any]:
    """Return how a stream writes; nothing of one that is closed, or of another sort."""
    if not isinstance(stream, io.TextIOWrapper):
        return {}
    try:
        if stream.closed:
            return {}
    except ValueError:  # its buffer was taken from it
        return {}
    names = ("encoding", "errors", "line_buffering", "write_through")
    return {name: getattr(stream, name) for name in names}


def _take_off(theirs: Any, ours: Any) -> None:
    """Take a job's wrapper from the buffer of ours, which it would close."""
    with contextlib.suppress(Exception):  # it may be anything
        if theirs.buffer is ours.buffer:
            theirs.detach()


def _set_up(one: _Stream, number: int) -> None:
    """Let a stream write as it did. One that is closed stands on its file anew, as the same object: others hold it."""
    if not isinstance(one.ours, io.TextIOWrapper):
        return
    if _settings(one.ours):
        one.ours.reconfigure(**one.settings)
    else:
        buffer = open(number, "rb" if number == 0 else "wb", closefd=False)
        one.ours.__init__(buffer, **one.settings)  # type: ignore[misc]  # it may be called again: it holds nothing now


def _copy(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:
        return None


def _file(number: int) -> tuple[int, int, bool] | None:
    """Say which file a number stands for, and whether who writes there waits."""
    try:
        found = os.fstat(number)
        return found.st_dev, found.st_ino, os.get_blocking(number)
    except OSError:
        return None
