"""What a test writes for its `play` job to do; NOTE: kinds.py is the other end."""

import json
from pathlib import Path
from typing import Any


class Script:
    """A file of steps that the job does as they are written, until the one that ends it."""

    def __init__(self, path: Path) -> None:
        """`path`: need not be there yet."""
        self.path = path

    def __str__(self) -> str:
        """Write it as a job's parameter."""
        return str(self.path)

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Report progress."""
        self._add("progress", done=done, total=total, message=message)

    def log(self, text: str, *, level: str = "info") -> None:
        """Add a line to the log."""
        self._add("log", text=text, level=level)

    def attach(self, name: str, text: str, media_type: str) -> None:
        """Attach a file."""
        self._add("attach", name=name, text=text, media_type=media_type)

    def be_stubborn(self) -> None:
        """Go on working though the job is asked to stop, until `give_in`."""
        self._add("be_stubborn", until_told=True)

    def give_in(self) -> None:
        """Stop if the job was asked to."""
        self._add("be_stubborn", until_told=False)

    def refuse(self, message: str) -> None:
        """End with an error for people."""
        self._add("refuse", message=message)

    def fail(self, message: str) -> None:
        """End with an exception."""
        self._add("fail", message=message)

    def end(self, result: Any = "ended") -> None:
        """End well."""
        self._add("end", result=result)

    def _add(self, what: str, **details: Any) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps({"do": what, **details}) + "\n")
