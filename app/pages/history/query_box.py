"""What narrows the history: a search box, a filter by kind, and a chip for each state with its live count."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.element import Element

from app.db import State
from app.pages.history.completion import QueryCompletion
from app.pages.history.kind_select import KindSelect
from app.pages.history.reading import KindChoice
from app.pages.jobs.state_badge import LOOKS
from app.pages.time.durations import short_count
from app.pages.widgets.focus import push_into_sight
from app.pages.widgets.markup import Icon, Text, apart, box, name_for_tests

DEBOUNCE_MILLISECONDS = 200
TAB_ORDER = (
    State.RUNNING,
    State.QUEUED,
    State.SCHEDULED,
    State.RETRYING,
    State.SUCCEEDED,
    State.FAILED,
    State.CANCELLED,
)

Answer = Awaitable[None] | None


class QueryBox:
    """Shows what is asked for and reports what a person changes. Event loop only."""

    def __init__(
        self,
        totals: Any,
        *,
        on_text: Callable[[str], Answer],
        on_kind: Callable[[str | None], Answer],
        on_state: Callable[[State | None], Answer],
    ) -> None:
        """Draw them.

        Args:
            totals: bindable counts by state and `all`, shown while nothing else narrows the list.
            on_text, on_kind, on_state: called with what the list is to be narrowed to.
        """
        self._is_showing = False  # what the page shows is no change by the person
        self._tabs: dict[State | None, tuple[Element, Text, Text]] = {}
        self._reports = (on_text, on_kind)
        with box("jd-tools"):
            self._draw_search()
            self._draw_kinds()
            with apart("jd-chips jd-chips--fixed") as self._chips:
                self._chips.props["role"] = "group"
                self._chips.props["aria-label"] = "State"
                for state in (None, *TAB_ORDER):
                    self._draw_tab(state, totals, on_state)

    def _draw_search(self) -> None:
        with box("jd-query-place") as place:
            self._text = ui.input(placeholder="Search, or state:failed duration:>30s").classes("jd-search jd-query")
        self._text.props("outlined dense clearable type=search").props["debounce"] = DEBOUNCE_MILLISECONDS
        self._text.props["aria-label"] = "Search jobs"
        self._text.props["aria-keyshortcuts"] = "/"
        with self._text.add_slot("prepend"):
            Icon("search").props["aria-hidden"] = "true"
        name_for_tests(self._text, "query")
        with place:
            QueryCompletion(self._text)
        self._text.on_value_change(lambda event: self._report(0, (event.value or "").strip()))

    def _draw_kinds(self) -> None:
        self._kind = KindSelect()
        self._kind.classes("jd-search jd-kinds")
        name_for_tests(self._kind, "kind-filter")
        self._kind.on_value_change(lambda event: self._report(1, event.value or None))

    def _report(self, which: int, value: Any) -> Answer:
        return None if self._is_showing else self._reports[which](value)

    def _draw_tab(self, state: State | None, totals: Any, on_state: Callable[[State | None], Answer]) -> None:
        name = str(state) if state else "all"
        with box("jd-chip", tag="button").on("click", lambda: on_state(state), []) as tab:
            tab.props["type"] = "button"
            name_for_tests(tab, f"tab-{name}")
            Text("span", LOOKS[state].label if state else "All")
            with box("jd-chip__count", tag="span"):
                live = Text("small").bind_text_from(totals, name, short_count)
                asked = Text("small")
        self._tabs[state] = (tab, live, asked)

    def show_kinds(self, kinds: Mapping[str, KindChoice]) -> None:
        """Offer these kinds, by name; the one that is asked for stays, whatever it is."""
        self._is_showing = True
        self._kind.offer(kinds)
        self._is_showing = False

    def show(self, *, text: str, kind: str | None, state: State | None) -> None:
        """Show what is asked for now."""
        self._is_showing = True
        if (self._text.value or "").strip() != text:  # else a blank that was just typed would go
            self._text.value = text
        self._kind.choose(kind)
        self._is_showing = False
        for of, (tab, _, _) in self._tabs.items():
            if tab.props.get("aria-pressed") != (pressed := "true" if of == state else "false"):
                tab.props["aria-pressed"] = pressed
                if of == state:
                    push_into_sight(self._chips, tab)

    def show_counts(self, counts: Mapping[State | None, str] | None) -> None:
        """Show other counts than the live ones (a missing one: none); None brings the live ones back."""
        for state, (_, live, asked) in self._tabs.items():
            live.visible = counts is None
            asked.text = "" if counts is None else counts.get(state, "")
