"""What narrows the history: a search box, a filter by kind, and a chip for each state with its live count."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import repeat
from typing import Any

from nicegui import ui
from nicegui.element import Element

from app.db import State
from app.pages.history.completion import QueryCompletion
from app.pages.history.reading import KindChoice
from app.pages.jobs.state_badge import LOOKS
from app.pages.time.durations import short_count
from app.pages.widgets.markup import Text, box, name_for_tests

ANY_KIND = ""
ANY = KindChoice(title="All kinds")
# A line of the list of kinds: what it is called, its group, how many jobs there are of it.
_KIND_LINE = """
<q-item v-bind="props.itemProps">
  <q-item-section>{{ props.opt.label }}</q-item-section>
  <q-item-section side aria-hidden="true" class="jd-kinds__side">{{ props.opt.side }}</q-item-section>
</q-item>"""
# Who types replaces what stands there; it would be searched for together with it.
_SELECT_ALL = "(event) => event.target.select?.()"
# Only the strip itself is pushed: the page stays where it is.
_INTO_SIGHT = """{
  const strip = getHtmlElement(%d), chip = getHtmlElement(%d);
  if (strip && chip) strip.scrollLeft = chip.offsetLeft - strip.offsetLeft - (strip.clientWidth - chip.offsetWidth) / 2;
}"""
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
        self._kinds: dict[str, KindChoice] = {}
        self._late_kinds: Mapping[str, KindChoice] | None = None
        """What was read while somebody typed into the field of kinds; offered when they leave it."""
        self._is_choosing = False
        self._tabs: dict[State | None, tuple[Element, Text, Text]] = {}
        self._reports = (on_text, on_kind)
        with box("jd-tools"):
            self._draw_search()
            self._draw_kinds()
            with box("jd-chips jd-chips--fixed") as self._chips:
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
            ui.icon("search").props["aria-hidden"] = "true"
        name_for_tests(self._text, "query")
        with place:
            QueryCompletion(self._text)
        self._text.on_value_change(lambda event: self._report(0, (event.value or "").strip()))

    def _draw_kinds(self) -> None:
        self._kind = _KindSelect({ANY_KIND: ANY.title}, value=ANY_KIND, with_input=True)
        self._kind.classes("jd-search jd-kinds")
        self._kind.props("outlined dense options-dense behavior=menu").props["aria-label"] = "Kind"
        self._kind.props["popup-content-class"] = "jd-kinds__list"
        self._kind.add_slot("option", _KIND_LINE)
        with self._kind.add_slot("no-option"):
            Text("p", "No kind is called so.", classes="jd-note jd-note--padded")
        name_for_tests(self._kind, "kind-filter")
        self._kind.on("focus", js_handler=_SELECT_ALL)
        self._kind.on("focus", lambda: self._begin_choosing(), [])
        self._kind.on("blur", lambda: self._end_choosing(), [])
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

    def _begin_choosing(self) -> None:
        self._is_choosing = True

    def _end_choosing(self) -> None:
        self._is_choosing = False
        if self._late_kinds is not None:
            self.show_kinds(self._late_kinds)

    def show_kinds(self, kinds: Mapping[str, KindChoice]) -> None:
        """Offer these kinds, by name; the one that is asked for stays, whatever it is.

        While somebody is in the field this waits: new options would take away what they typed, and what it found.
        """
        self._late_kinds = kinds if self._is_choosing else None
        if self._is_choosing:
            return
        asked = self._kind.value
        if asked and asked not in kinds:
            kinds = {**kinds, asked: KindChoice(title=asked)}
        if kinds == self._kinds:
            return
        self._kinds = dict(kinds)
        offered = {ANY_KIND: ANY, **self._kinds}
        self._is_showing = True
        self._kind.sides = [_side(kind) for kind in offered.values()]
        self._kind.set_options({name: kind.title for name, kind in offered.items()}, value=asked)
        self._is_showing = False

    def show(self, *, text: str, kind: str | None, state: State | None) -> None:
        """Show what is asked for now."""
        self._is_showing = True
        if (self._text.value or "").strip() != text:  # else a blank that was just typed would go
            self._text.value = text
        if kind is not None and kind not in self._kinds:
            self.show_kinds({**self._kinds, kind: KindChoice(title=kind)})
        self._is_showing = True
        self._kind.value = kind or ANY_KIND
        self._is_showing = False
        for of, (tab, _, _) in self._tabs.items():
            if tab.props.get("aria-pressed") != (pressed := "true" if of == state else "false"):
                tab.props["aria-pressed"] = pressed
                if of == state:
                    self._chips.client.run_javascript(_INTO_SIGHT % (self._chips.id, tab.id))

    def show_counts(self, counts: Mapping[State | None, str] | None) -> None:
        """Show other counts than the live ones (a missing one: none); None brings the live ones back."""
        for state, (_, live, asked) in self._tabs.items():
            live.visible = counts is None
            asked.text = "" if counts is None else counts.get(state, "")


class _KindSelect(ui.select):
    """A select whose options have something at their side, in their order."""

    sides: Sequence[str] = ()

    def _update_options(self) -> None:
        """Write the options for the browser; NiceGUI calls this with every change of them (`ChoiceElement`)."""
        super()._update_options()
        self._props["options"] = [
            {**option, "side": side}
            for option, side in zip(self._props["options"], self.sides or repeat(""), strict=False)
        ]


def _side(kind: KindChoice) -> str:
    """Write what stands beside a kind: its group and how many jobs there are of it."""
    return " · ".join(part for part in (kind.group, short_count(kind.count) if kind.count else "") if part)
