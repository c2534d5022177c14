"""A program that answers one line of JSON with another."""

import json
import selectors
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Overtime(Exception):
    """The child took too long, or died."""


class Child:
    """Started when it is first asked; after an `Overtime` it is begun anew."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        """Start nothing yet."""
        self._command = command
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        """Return the answer. Raises `Overtime`."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question).encode() + b"\n")
        answer = b""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                if not selector.select(timeout=max(end - time.monotonic(), 0)):
                    self._end()
                    raise Overtime(f"more than {seconds:g} s")
                piece = process.stdout.read(1 << 20)
                if not piece:
                    status = process.wait()
                    self._end()
                    raise Overtime(f"died with status {status}")
                answer += piece
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        """End the child."""
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
