"""All failures by their cause, of the chosen time: those that need a look, were dismissed, or were made good."""

import asyncio
from datetime import timedelta
from typing import Any

from nicegui import ui

from app.db.clock import now
from app.db.failures.groups import FailureGroup, list_groups
from app.errors import AppError
from app.pages.failures.acts import FailureActs
from app.pages.failures.failure_list import FailureList
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.press import on_press
from app.queue import registry

MOST = 100
AT_ONCE = 15
"""A row is some fifteen elements: 100 rows keep every other tab waiting for a second or two."""
ALL = "all"
CHOICES = {"open": "Open", "dismissed": "Dismissed", "resolved": "Resolved", ALL: "All"}
NOTHING = ("No failures here.", "What fails is gathered by its cause: the exception, the place and its message.")


class Causes:
    """The card. Event loop only."""

    def __init__(self, days: int) -> None:
        """Draw it and begin to load."""
        self._days = days
        self._state: Any = "open"
        subscriptions = Subscriptions()
        with name_for_tests(box("jd-panel"), "failures") as self._card:
            with panel_head("Failures by cause"):
                choice = ui.toggle(CHOICES, value="open", on_change=lambda event: self._choose(event.value))
                name_for_tests(choice.props("unelevated no-caps dense").classes("jd-segments"), "failures-state")
                choice.props["aria-label"] = "Failures that are"
            acts = FailureActs(subscriptions, on_change=self._ask)
            self._list = FailureList(
                title_of=registry.title_of,
                on_retry=acts.retry,
                on_dismiss=acts.dismiss,
                on_take_back=acts.take_back,
                nothing=NOTHING,
            )
            with box("jd-figures__more"):
                self._note = Text("p", classes="jd-figures__note")
                more = on_press(ui.button("Show more", color=None), self._show_more).props("flat no-caps dense")
                self._more = name_for_tests(more.classes("jd-button jd-button--ghost"), "failures-more")
        self._shown = AT_ONCE
        self._note.visible = self._more.visible = False
        self._reading: ReadLoop = ReadLoop(self._read, name="read the failures", element=self._card, pause_seconds=1.0)
        for event in (bridge.job_changed, bridge.job_deleted, bridge.failures_changed, bridge.refreshed):
            subscriptions.add(event, self._ask)
        self._ask()

    def choose_days(self, days: int) -> None:
        """Show those of another time."""
        self._days = days
        self._ask()

    def _choose(self, state: Any) -> None:
        self._state, self._shown = state, AT_ONCE
        self._ask()

    def _show_more(self) -> None:
        self._shown = min(self._shown + AT_ONCE, MOST)
        self._ask()

    def _ask(self) -> None:
        self._reading.ask()

    async def _read(self) -> None:
        asked = (self._days, self._state)
        try:
            found = await asyncio.to_thread(_list, *asked)
        except AppError:
            return  # the figures above say that the database is away; it is tried again with the next refresh
        if self._card.is_deleted or asked != (self._days, self._state):
            return
        self._list.show(found[: self._shown])
        left = len(found) - self._shown
        self._note.set_text(f"The {self._shown} that came last.")
        self._note.visible = left > 0
        self._more.visible = left > 0 and self._shown < MOST


def _list(days: int, state: Any) -> list[FailureGroup]:
    since = now() - timedelta(days=days)
    return list_groups(state=None if state == ALL else state, since=since, limit=MOST + 1)
