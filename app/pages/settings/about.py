"""What runs here: versions, the database, Redis, and the room that all of it takes."""

import asyncio
import os
import platform
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from nicegui import background_tasks
from nicegui.element import Element

from app.db.queries.storage import database_facts
from app.errors import AppError
from app.pages.settings.section import Section, card, fact
from app.pages.time.durations import count, size
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.transport import sender
from app.settings import Settings
from app.version import commit, version

WALK_SECONDS = 2.0
"""The files of a data folder are counted for so long."""


def _draw(settings: Settings) -> None:
    with card("About", note="What this installation is made of."), box(tag="dl"):
        _fact("Jobdeck", _own_version)
        _fact("Python", lambda: f"{platform.python_version()} on {platform.system()}")
        _fact("Database", _database)
        _fact("Redis", lambda: sender.server_name() or "none")
        _fact("Data folder", lambda: str(settings.data_dir))
        _fact("In the data folder", lambda: size_of(settings.data_dir))


def _fact(name: str, find: Callable[[], str]) -> None:
    with fact(name):
        place = name_for_tests(Text("span", "…"), f"about-{name.lower().replace(' ', '-')}")
        background_tasks.create(_show(place, find), name=f"about: {name}", context=place)


async def _show(place: Element, find: Callable[[], str]) -> None:
    assert isinstance(place, Text)
    try:
        text = await asyncio.to_thread(find)
    except AppError as error:
        text = error.message
    if not place.is_deleted:
        place.set_text(text)


def _own_version() -> str:
    return f"{version()} ({commit()})" if commit() else version()


def _database() -> str:
    found = database_facts()
    return f"{found.name}, {size(found.size_bytes)}"


def size_of(folder: Path, *, seconds: float = WALK_SECONDS) -> str:
    """Say how large and how many the files below a folder are; where there are too many for the time, at least."""
    until, files, total = monotonic() + seconds, 0, 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_size
            except OSError:  # it went meanwhile
                continue
            files += 1
        if monotonic() > until:
            return f"more than {size(total)} in {count(files)} files"
    return f"{size(total)} in {count(files)} file{'s' * (files != 1)}"


ABOUT = Section(name="about", title="About", icon="info", draw=_draw)
