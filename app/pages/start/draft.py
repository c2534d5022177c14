"""What was filled in and not started: kept for its tab, so that a reload or the end of the web process loses none of
it. Event loop only.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from nicegui import app, ui

from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.kinds.kind import Kind

_KEY, _TAB_KEY = "drafts", "tab of the drafts"
_LAST_KEY = "last values as JSON"
_RECENT_KEY, _MOST_RECENT = "recent kinds", 4
_MOST = 20
"""Of all tabs of a person; the oldest go first."""


class StartDraft:
    """The place of one form's draft. Made where a tab is known; a new tab finds no draft of another."""

    def __init__(self, form: str) -> None:
        """`form`: what tells the form from the others of the tab."""
        self._name = f"{_tab()} {form}"
        self._written = self._drafts().get(self._name)

    def read(self) -> Any:
        """Return what was kept, None where nothing was."""
        return None if self._written is None else json.loads(self._written)

    def keep(self, values: Any) -> None:
        """Keep values that JSON can hold; None removes what was kept."""
        written = None if values is None else json.dumps(values)  # text: the storage takes no number beyond 64 bits
        if written == self._written:
            return
        self._written = written
        drafts = {name: draft for name, draft in self._drafts().items() if name != self._name}
        if written is not None:
            drafts[self._name] = written
        app.storage.user[_KEY] = dict(list(drafts.items())[-_MOST:])

    def _drafts(self) -> dict[str, str]:
        drafts: dict[str, str] = app.storage.user.get(_KEY, {})
        return drafts


class LastValues:
    """What a person filled in the last time for a kind, without secrets and uploads."""

    def __init__(self, kind: str) -> None:
        """`kind`: the name of the kind."""
        self._kind = kind

    @property
    def values(self) -> dict[str, Any] | None:
        """The values by name; None where there are none."""
        written = app.storage.user.get(_LAST_KEY, {}).get(self._kind)
        return None if written is None else json.loads(written) or None

    def keep(self, values: dict[str, Any]) -> None:
        """Remember values for the next time."""
        # Text, as in a draft: one number beyond 64 bits, and the storage of this person would never be saved again.
        app.storage.user[_LAST_KEY] = {**app.storage.user.get(_LAST_KEY, {}), self._kind: json.dumps(values)}


def note_start(kind: Kind[Any, Any]) -> None:
    """Remember that the person of the present tab started this kind."""
    others = [name for name in app.storage.user.get(_RECENT_KEY, []) if name != kind.name]
    app.storage.user[_RECENT_KEY] = [kind.name, *others][:_MOST_RECENT]


def recent_first(kinds: Sequence[Kind[Any, Any]]) -> tuple[list[Kind[Any, Any]], list[Kind[Any, Any]]]:
    """Part kinds into those that the person used, the last one first, and the others as they were."""
    names: list[str] = app.storage.user.get(_RECENT_KEY, [])
    used = sorted((kind for kind in kinds if kind.name in names), key=lambda kind: names.index(kind.name))
    return used, [kind for kind in kinds if kind.name not in names]


class RestoredNote:
    """Says that a form was filled in from its draft, and what is lacking. Hidden until `show`."""

    def __init__(self, *, on_start_over: Callable[[], object]) -> None:
        """`on_start_over`: called when the person wants the form as it was at first."""
        with name_for_tests(box("jd-start__restored"), "start-restored") as self._element:
            self._words = Text("p")
            over = ui.button("Start over", icon="restart_alt", color=None, on_click=on_start_over)
            name_for_tests(over.props("flat dense no-caps").classes("jd-quiet-button"), "start-over")
        self._element.visible = False

    def show(self, *, lacks_secrets: bool, lacks_json: bool) -> None:
        """Say it; `lacks_json`: something was typed as JSON, which is not kept."""
        lacking = " Secrets and files are not kept." if lacks_secrets else ""
        if lacks_json:
            lacking += f" What was typed as JSON is not kept{' either' if lacking else ''}."
        self._words.text = f"You had filled this in, and not started it.{lacking}"
        self._element.visible = True

    def hide(self) -> None:
        """Say no more."""
        self._element.visible = False


def _tab() -> str:
    """Name the tab. NiceGUI gives it another id where it did not hear of its end, but hands its storage on."""
    tab_id = ui.context.client.tab_id
    name: str = app.storage.tab.setdefault(_TAB_KEY, tab_id) if tab_id is not None else ""
    return name
