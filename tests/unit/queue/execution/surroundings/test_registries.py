"""What Python keeps in tables for the whole process is as it was for the next job; and what programs inherit."""

import codecs
import csv
import datetime
import io
import mimetypes
import os
import shutil
import sqlite3
import subprocess
import time
import zoneinfo
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.queue.execution import process_settings
from app.queue.execution.process_settings import PutBackAfterwards


def told_to_programs() -> str:
    """Return a variable that a program finds which a job starts."""
    return subprocess.run(["/bin/sh", "-c", "echo $MOVED,$HOME"], stdout=subprocess.PIPE, text=True).stdout


def adapted() -> Any:
    """Return what SQLite keeps of something that a job may have said how to keep."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            return connection.execute("SELECT ?", (io.StringIO("odd"),)).fetchone()
        except sqlite3.Error as error:
            return type(error)


def found_codec() -> str | None:
    """Return which codec a name leads to."""
    try:
        return codecs.lookup("odd_codec").name
    except LookupError:
        return None


def as_ascii() -> str:
    """Return what becomes of a letter that ASCII does not have."""
    try:
        return str("ä".encode("ascii", "namereplace"))
    except UnicodeEncodeError:
        return "refused"


def ask_for_no_name() -> None:
    """Let letters be written as a question mark that have a name."""
    codecs.register_error("namereplace", lambda error: ("?", vars(error).get("end", 1)))


def use_another_zone() -> None:
    """Let programs compute in another zone."""
    os.putenv("TZ", "Asia/Tokyo")
    time.tzset()


CHANGES: dict[str, tuple[Callable[[], object], Callable[[], Any]]] = {
    "a variable of programs": (lambda: os.putenv("MOVED", "yes"), told_to_programs),
    "another variable of programs": (lambda: os.putenv("HOME", "/nowhere"), told_to_programs),
    "a variable that programs miss": (lambda: os.unsetenv("HOME"), told_to_programs),
    "the zone of programs": (use_another_zone, lambda: time.tzname),
    "how mistakes of codecs are treated": (ask_for_no_name, as_ascii),
    "a codec": (
        lambda: codecs.register(lambda name: codecs.lookup("utf-8") if name == "odd_codec" else None),
        found_codec,
    ),
    "a dialect": (lambda: csv.register_dialect("odd", delimiter=";"), csv.list_dialects),
    "a dialect of Python's": (
        lambda: csv.register_dialect("excel", delimiter=";"),
        lambda: next(csv.reader(["a,b;c"], "excel")),
    ),
    "where zones are": (lambda: zoneinfo.reset_tzpath(["/nowhere"]), lambda: zoneinfo.TZPATH),
    "how SQLite keeps something": (
        lambda: sqlite3.register_adapter(io.StringIO, lambda text: text.getvalue()),
        adapted,
    ),
    "how SQLite keeps a date": (
        lambda: sqlite3.register_adapter(datetime.date, lambda _: "odd"),
        lambda: sqlite3.adapters[datetime.date, sqlite3.PrepareProtocol],
    ),
    "a prefix of XML": (
        lambda: ElementTree.register_namespace("odd", "http://example.org/odd"),
        lambda: ElementTree.tostring(ElementTree.Element("{http://example.org/odd}a")),
    ),
    "a sort of archive": (
        lambda: shutil.register_unpack_format("odd", [".odd"], lambda *_: None),
        lambda: [one[0] for one in shutil.get_unpack_formats()],
    ),
    "a type of files": (lambda: mimetypes.add_type("text/odd", ".csv"), lambda: mimetypes.guess_type("a.csv")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_job_registers_is_put_back(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    change, read = CHANGES[what]
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)
    before, told = read(), list[str]()
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    with PutBackAfterwards():
        change()
        meanwhile = read()
    with PutBackAfterwards():
        change()  # some may be registered once only
    after = read()
    end()

    assert meanwhile != before
    assert after == before
    assert told == []


def test_zones_are_read_where_they_are_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)
    berlin = next(file for folder in zoneinfo.TZPATH if (file := Path(folder) / "Asia" / "Tokyo").is_file())
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").write_bytes(berlin.read_bytes())
    end, noon = process_settings.keep(), datetime.datetime(2026, 1, 2, 12)

    with PutBackAfterwards():
        zoneinfo.reset_tzpath([str(tmp_path)])
        zoneinfo.ZoneInfo.clear_cache()
        meanwhile = noon.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset()
    after = noon.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset()
    end()

    assert (meanwhile, after) == (datetime.timedelta(hours=9), datetime.timedelta(hours=1))
