"""The menu that chooses the columns of the history and their order; a change is seen at once."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.db.snapshots.columns import HEADINGS, USUAL, read_columns
from app.pages.widgets.markup import Text, box, name_for_tests

# Alt with an arrow moves the line that has the focus in it; the page does not scroll then.
_MOVE_KEYS = """(event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  emit(event.key === "ArrowUp" ? -1 : 1);
}"""


class ColumnMenu:
    """The button and its menu. Event loop only."""

    def __init__(
        self, *, on_choose: Callable[[tuple[str, ...]], object], paths: Callable[[], Awaitable[Sequence[str]]]
    ) -> None:
        """Draw the button.

        Args:
            on_choose: called with the columns as they are to be; none: the usual ones.
            paths: gives the paths that are offered for columns of their own.
        """
        self._on_choose, self._paths = on_choose, paths
        self._columns: tuple[str, ...] = USUAL
        self._lines: dict[str, _ColumnLine] = {}
        with ui.button("Columns", icon="table_chart", color=None).props("unelevated no-caps") as self._button:
            self._button.classes("jd-button jd-button--secondary jd-history__small-button")
            self._menu = ui.menu().props("role=dialog aria-label=Columns no-parent-event")
            self._menu.classes("jd-columns")
        self._button.on("click", self._open, []).props["aria-haspopup"] = "dialog"
        name_for_tests(self._button, "columns")
        with self._menu:
            self._draw()

    def _draw(self) -> None:
        self._list = box("jd-columns__list", tag="ul")
        with box("jd-columns__own"):
            self._path = ui.input(placeholder="params.customer.id")
            self._path.props["aria-label"] = "A param or a field of the result"
            self._path.props("outlined dense").classes("jd-columns__path")
            name_for_tests(self._path, "column-path")
            self._offered = Element("datalist")
            self._path.props["list"] = self._offered.html_id
            add = ui.button("Add", color=None, on_click=self._add).props("unelevated no-caps")
            name_for_tests(add.classes("jd-button jd-button--secondary"), "column-add")
        self._path.on("keydown.enter", self._add)
        usual = ui.button("The usual columns", color=None, on_click=lambda: self._choose(USUAL)).props("flat no-caps")
        name_for_tests(usual.classes("jd-button jd-button--ghost"), "columns-usual")

    def show(self, columns: tuple[str, ...]) -> None:
        """Show what is chosen; none: the usual ones."""
        self._columns = columns or USUAL
        if self._lines:
            self._draw_lines()

    async def _open(self) -> None:
        self._draw_lines()
        self._menu.open()
        offered = await self._paths()
        if self._menu.is_deleted:
            return
        self._offered.clear()
        with self._offered:
            for path in offered:
                Element("option").props["value"] = path

    def _draw_lines(self) -> None:
        """Draw the chosen ones in their order, then the others; lines that are there stay, and keep the focus."""
        names = [*self._columns, *(name for name in HEADINGS if name not in self._columns)]
        for name in [name for name in self._lines if name not in names]:
            self._lines.pop(name).element.delete()
        for place, name in enumerate(names):
            if name not in self._lines:
                with self._list:
                    self._lines[name] = _ColumnLine(name, on_pick=self._pick, on_move=self._move)
            line = self._lines[name]
            if self._list.default_slot.children[place] is not line.element:
                line.element.move(target_index=place)
            line.show(place=place, chosen=len(self._columns), is_only=len(self._columns) == 1)

    def _pick(self, name: str, is_picked: bool) -> None:
        others = tuple(column for column in self._columns if column != name)
        self._choose((*others, name) if is_picked else others)

    def _move(self, name: str, step: int) -> None:
        place = self._columns.index(name) if name in self._columns else -1
        if place < 0 or not 0 <= place + step < len(self._columns):
            return
        columns = list(self._columns)
        columns.insert(place + step, columns.pop(place))
        self._choose(tuple(columns))
        self._lines[name].focus(step)

    def _add(self) -> None:
        path = (self._path.value or "").strip()
        if path and "." not in path and path not in HEADINGS:
            path = f"params.{path}"
        if path and self._choose((*self._columns, path)):
            self._path.value = ""

    def _choose(self, columns: tuple[str, ...]) -> bool:
        """Report other columns. False, with the reason at the field, where they cannot be."""
        self._path.error = None
        try:
            read_columns(columns)
        except ValueError as problem:
            self._path.error = str(problem)
            return False
        self.show(columns)
        self._on_choose(() if columns == USUAL else columns)
        return True


class _ColumnLine:
    """One column: whether it is shown, and the buttons that move it."""

    def __init__(self, name: str, *, on_pick: Callable[[str, bool], object], on_move: Callable[[str, int], None]):
        """Draw it; `on_pick`: called with the name and whether it is wanted, `on_move` with the name and -1 or 1."""
        self._label = HEADINGS.get(name, name)

        def pick(event: GenericEventArguments) -> None:
            self._box.props["checked"] = bool(event.args)  # the browser has checked it already
            on_pick(name, bool(event.args))

        with box("jd-columns__line", tag="li") as self.element:
            with box("jd-columns__label", tag="label"):
                self._box = Element("input").classes("jd-pick__box")
                self._box.props["type"] = "checkbox"
                self._box.props["checked"] = False
                name_for_tests(self._box, f"column-{name}")
                Text("span", self._label, classes="" if name in HEADINGS else "jd-mono")
            self._moves = {step: self._draw_move(step, partial(on_move, name, step)) for step in (-1, 1)}
        self._box.on("change", pick, js_handler="(event) => emit(event.target.checked)")
        self.element.on("keydown", lambda event: on_move(name, int(event.args)), js_handler=_MOVE_KEYS)
        for step, word in ((-1, "up"), (1, "down")):
            name_for_tests(self._moves[step], f"column-{word}-{name}")

    def _draw_move(self, step: int, act: Callable[[], None]) -> Element:
        label = f"{self._label}: {'further to the left' if step < 0 else 'further to the right'}"
        with box("jd-columns__move", tag="button").on("click", act, []) as button:
            button.props["type"] = "button"
            button.props["aria-label"] = button.props["title"] = label
            sign = box("jd-sign", tag="i")
            sign.props["data-icon"] = "chevron_left"
            sign.classes(f"jd-columns__sign--{'up' if step < 0 else 'down'}")
        return button

    def show(self, *, place: int, chosen: int, is_only: bool) -> None:
        """Say how it stands.

        Args:
            place: where its line is, from 0.
            chosen: how many columns are shown; their lines come first.
            is_only: whether it is the last one that is shown: one stays.
        """
        is_shown = place < chosen
        for name, value in (("checked", is_shown), ("disabled", is_shown and is_only)):
            if self._box.props.get(name, False) != value:
                self._box.props[name] = value
        for step, button in self._moves.items():
            button.visible = is_shown
            is_end = not 0 <= place + step < chosen
            if button.props.get("disabled", False) != is_end:
                button.props["disabled"] = is_end

    def focus(self, step: int) -> None:
        """Give the focus to the button that was pressed: where the line has moved, the browser has lost it."""
        self._moves[step].run_method("focus")
