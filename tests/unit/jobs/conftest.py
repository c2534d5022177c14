"""A job context that keeps what the job reports, and a way to run `data_report` on text."""

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.jobs.data_report import data_report
from app.queue import JobContext


class NotedContext(JobContext):
    """Keeps progress and files in memory; `stop_at` raises `Stopped` once the bar is there."""

    def __init__(self, *, stop_at: float | None = None) -> None:
        self.bar: list[float] = []
        self.messages: list[str] = []
        self.files: dict[str, bytes] = {}
        self.lines: list[str] = []
        self.stop_at = stop_at

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        self.bar.append(done)
        self.messages.append(message or "")
        if self.cancelled:
            raise Stopped

    @property
    def cancelled(self) -> bool:
        return self.stop_at is not None and bool(self.bar) and max(self.bar) >= self.stop_at

    def log(self, text: str, level: str = "info") -> None:
        self.lines.append(text)

    def attach(self, name: str, data_or_path: str | bytes | Path, media_type: str | None = None) -> None:
        assert not isinstance(data_or_path, str)
        self.files[name] = data_or_path.read_bytes() if isinstance(data_or_path, Path) else data_or_path

    @property
    def page(self) -> str:
        return self.files["report.html"].decode()

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files["report.csv"].decode("utf-8-sig"), newline="")))

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["report.json"])
        return found

    def column(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(column for column in self.json["columns"] if column["name"] == name)
        return found


class Tags(HTMLParser):
    """Collects the tags of a page, and the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def assert_harmless(page: str) -> None:
    """Check that a page loads nothing from elsewhere and runs nothing."""
    tags = Tags(page)
    assert tags.names.isdisjoint({"script", "img", "iframe", "object", "embed", "link", "form", "base"})
    assert not any(attribute.startswith("on") for attribute in tags.attributes)
    assert tags.attributes.isdisjoint({"src", "action"})
    assert "url(" not in page
    assert re.search(r'href="(?!#)', page) is None
    assert "prefers-color-scheme: dark" in page


class Stopped(BaseException):
    """The job was asked to stop, as `JobCancelled` says it."""


@pytest.fixture
def noted() -> NotedContext:
    """Give a context of a job that is not asked to stop."""
    return NotedContext()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file and return its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def report(
    noted: NotedContext, written: Callable[[str, str | bytes], Path]
) -> Callable[[str, str | bytes], NotedContext]:
    """Run the job on a file of this name and content, and return what it noted."""

    def run(name: str, content: str | bytes) -> NotedContext:
        data_report(noted, written(name, content))
        return noted

    return run


def make_deep(folder: Path, *, levels: int, name: str) -> None:
    """Make folders one in the other until no path names the last one any more, and a file there."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    with open(os.open("deep file", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor), "wb") as file:
        file.write(b"x" * 5000)
    os.close(descriptor)


def remove_deep(folder: Path) -> None:
    """Remove them again, which neither pytest nor Python could."""
    subprocess.run(["rm", "-r", str(folder)], check=True)
