"""How often the figures are read while jobs or schedules change all the time, on a clock of the test's own."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from app.pages.dashboard import reading
from app.pages.live import bridge

STEP_SECONDS = 0.01
"""So often something changes."""


class Clock:
    """Ten seconds, which pass while a reading waits. Attributes: `at`; `read_at`: when something was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, is_watched: bool) -> None:
        self.at, self.read_at = 0.0, list[float]()
        monkeypatch.setattr(reading, "monotonic", lambda: self.at)
        monkeypatch.setattr(reading, "is_watched", lambda: is_watched)
        monkeypatch.setattr(reading, "_wait", self._wait)

    async def read(self) -> float:
        self.read_at.append(self.at)
        return reading.QUIET_SECONDS

    async def run(self, going: Callable[[], Awaitable[None]], *, change: Callable[[], None]) -> None:
        self._change = change
        with pytest.raises(EOFError):
            await going()

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        until = self.at + seconds
        while not event.is_set() and self.at < until:
            self.at += STEP_SECONDS
            self._change()
        if self.at > 10.0:
            raise EOFError


@pytest.mark.parametrize(
    ("is_watched", "urgent", "least", "most"), [(True, 0, 45, 55), (False, 0, 4, 6), (False, 3, 7, 9)]
)
async def test_who_looks_has_every_change_and_nobody_costs_little(
    monkeypatch: pytest.MonkeyPatch, is_watched: bool, urgent: int, least: int, most: int
) -> None:
    clock, visits = Clock(monkeypatch, is_watched=is_watched), [2.5 * number for number in range(1, urgent + 1)]
    figures = reading._Reading(clock.read)

    def change() -> None:
        is_urgent = bool(visits) and clock.at > visits[0]
        figures.ask(is_urgent=is_urgent)
        if is_urgent:
            visits.pop(0)

    await clock.run(figures.go_on, change=change)

    assert least <= len(clock.read_at) <= most, clock.read_at


def unstarted(going: Coroutine[Any, Any, None], *, name: str) -> "asyncio.Future[None]":
    going.close()
    return asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(("is_watched", "least", "most"), [(True, 9, 11), (False, 4, 6)])
async def test_changes_of_schedules_are_read_together(
    monkeypatch: pytest.MonkeyPatch, is_watched: bool, least: int, most: int
) -> None:
    clock = Clock(monkeypatch, is_watched=is_watched)
    monkeypatch.setattr(reading, "_read_schedules", clock.read)
    monkeypatch.setattr("nicegui.background_tasks.create", unstarted)
    reading.start()
    try:
        [schedules] = [each for each in reading._readings if each._read == clock.read]
        await clock.run(schedules.go_on, change=lambda: bridge.schedules_changed.emit([1]))
    finally:
        reading.stop()

    assert least <= len(clock.read_at) <= most, len(clock.read_at)
