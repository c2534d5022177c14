"""What the palette offers, in groups: kinds to start, pages, jobs, and the history for everything else."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from app.pages.shell.layout import PLACES
from app.queue import registry
from app.queue.kinds.kind import Kind

MOST_FOUND, MOST_OFFERED = 9, 6
"""Of a group: of what a query finds, and as long as nothing is typed."""
MAX_JOB_ID_DIGITS = 18
Act = Callable[[], Awaitable[None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the palette. `words` is what a query is matched against."""

    icon: str
    label: str
    note: str
    words: str
    act: Act
    is_off: bool = False
    """It cannot be taken; the note says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A job as the palette names it: its title, the word and the icon of its state."""

    id: int
    title: str
    state: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Entries under a heading."""

    heading: str
    entries: Sequence[Entry]


def find(entries: Sequence[Entry], query: str) -> list[Entry]:
    """Return the entries that hold every word of the query; those whose label begins with it first."""
    words = query.casefold().split()
    found = [entry for entry in entries if all(word in entry.words for word in words)]
    found.sort(key=lambda entry: not entry.label.casefold().startswith(query.casefold().strip()))
    return found[: MOST_FOUND if words else MOST_OFFERED]


def best_first(groups: Iterable[Group], query: str) -> list[Group]:
    """Put groups first in which a label begins with the query; else their order stays."""
    beginning = query.casefold().strip()
    return sorted(
        (group for group in groups if group.entries),
        key=lambda group: not group.entries[0].label.casefold().startswith(beginning),
    )


def job_number(query: str) -> int | None:
    """Read the number of a job, as "12" or "#12"; None: it is none."""
    digits = query.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= MAX_JOB_ID_DIGITS else None


def start_entry(kind: Kind[Any, Any], on_start: Callable[[Kind[Any, Any]], Awaitable[None]]) -> Entry:
    """Offer to start a kind."""
    words = f"start {kind.title} {kind.name} {kind.group} {' '.join(kind.tags)}".casefold()
    return Entry(
        icon=kind.icon or "play_arrow",
        label=kind.title,
        note=registry.off_because(kind) or "Start",
        words=words,
        act=partial(on_start, kind),
        is_off=registry.off_because(kind) is not None,
    )


def place_entries() -> list[Entry]:
    """Offer to go to each page."""
    return [
        Entry(
            icon=place.icon,
            label=place.label,
            note=f"Go to · g {place.key}",
            words=f"go to {place.label} {place.words}".casefold(),
            act=partial(ui.navigate.to, place.path),
        )
        for place in PLACES
    ]


def job_entry(job: JobLine) -> Entry:
    """Offer to open a job that is known."""
    label = f"{job.title} #{job.id}"
    words = f"{label} {job.state}".casefold()
    act = partial(ui.navigate.to, f"/jobs/{job.id}")
    return Entry(icon=job.icon, label=label, note=job.state, words=words, act=act)


def number_entry(number: int) -> Entry:
    """Offer to open the job of a number before it is known what that is."""
    act = partial(ui.navigate.to, f"/jobs/{number}")
    return Entry(icon="tag", label=f"Job #{number}", note="Open", words="", act=act)


def history_entry(query: str) -> Entry:
    """Offer to search the history."""
    act = partial(ui.navigate.to, f"/history?{urlencode({'q': query.strip()})}")
    label = f"Search the history for “{query.strip()}”"
    return Entry(icon="search", label=label, note="Search", words="", act=act)
