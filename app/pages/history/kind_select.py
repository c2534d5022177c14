"""The field that narrows the history to a kind: all kinds, with their group and how many jobs there are of each."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from app.pages.history.reading import KindChoice
from app.pages.time.durations import short_count
from app.pages.widgets.markup import Text

ANY_KIND = ""
ANY = KindChoice(title="All kinds")
# A line of the list of kinds: what it is called, its group, how many jobs there are of it.
_LINE = """
<q-item v-bind="props.itemProps">
  <q-item-section>{{ props.opt.label }}</q-item-section>
  <q-item-section side aria-hidden="true" class="jd-kinds__side">{{ props.opt.side }}</q-item-section>
</q-item>"""
# Who types replaces what stands there; it would be searched for together with it.
_SELECT_ALL = "(event) => event.target.select?.()"


class KindSelect(ui.select, component="kind_select.js"):
    """A select to type in; its value is a kind's name, or `ANY_KIND`.

    Browser and server call a kind by its name: NiceGUI's own select sends its place in the list, which names another
    kind when the list has changed meanwhile.
    """

    def __init__(self) -> None:
        """Draw it with all kinds in one line, until others are offered."""
        self._kinds: dict[str, KindChoice] = {ANY_KIND: ANY}
        super().__init__({ANY_KIND: ANY.title}, value=ANY_KIND, with_input=True)
        self.props("outlined dense options-dense behavior=menu").props["aria-label"] = "Kind"
        self.props["popup-content-class"] = "jd-kinds__list"
        self.add_slot("option", _LINE)
        with self.add_slot("no-option"):
            Text("p", "No kind is called so.", classes="jd-note jd-note--padded")
        self.on("focus", js_handler=_SELECT_ALL)

    def offer(self, kinds: Mapping[str, KindChoice]) -> None:
        """Offer these kinds, by name; the one that is chosen stays, whatever it is.

        While somebody is in the field the browser keeps its lines, and takes the new ones when they leave it.
        """
        chosen = self.value
        if chosen and chosen not in kinds:
            kinds = {**kinds, chosen: KindChoice(title=chosen)}
        offered = {ANY_KIND: ANY, **kinds}
        if offered == self._kinds:
            return
        self._kinds = offered
        self.set_options({name: kind.title for name, kind in offered.items()}, value=chosen)

    def choose(self, kind: str | None) -> None:
        """Show a kind as chosen (None: all), be it offered or not."""
        if kind is not None and kind not in self._kinds:
            self.offer({name: one for name, one in self._kinds.items() if name} | {kind: KindChoice(title=kind)})
        self.value = kind or ANY_KIND

    def _update_options(self) -> None:
        """Write the options for the browser; NiceGUI calls this with every change of them (`ChoiceElement`)."""
        super()._update_options()
        self._props["options"] = [
            {"value": name, "label": kind.title, "side": _side(kind)} for name, kind in self._kinds.items()
        ]

    def _value_to_model_value(self, value: Any) -> Any:
        return {"value": value, "label": self._kinds[value].title} if value in self._kinds else None

    def _event_args_to_value(self, e: GenericEventArguments) -> Any:
        name = e.args.get("value") if isinstance(e.args, dict) else None
        return name if name in self._kinds else self.value


def _side(kind: KindChoice) -> str:
    """Write what stands beside a kind: its group and how many jobs there are of it."""
    return " · ".join(part for part in (kind.group, short_count(kind.count) if kind.count else "") if part)
