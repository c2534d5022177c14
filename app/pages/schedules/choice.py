"""A choice between few things, each a card with a title and a sentence."""

from collections.abc import Mapping
from itertools import count

from nicegui.element import Element

from app.pages.widgets.markup import Text, box, name_for_tests

_names = count(1)


class Choice:
    """Cards of which one is chosen, by the mouse or the arrow keys. Event loop only."""

    def __init__(self, label: str, options: Mapping[str, tuple[str, str]], *, value: str, name: str) -> None:
        """Draw it.

        Args:
            label: what is chosen.
            options: value → title and sentence.
            value: what is chosen at first.
            name: for tests; each card is named with its value behind it.
        """
        self.value = value
        group = f"choice-{next(_names)}"
        with box("jd-choice") as frame:
            frame.props["role"] = "radiogroup"
            frame.props["aria-label"] = label
            Text("span", label, classes="jd-field__title")
            with box("jd-choice__cards"):
                for key, (title, sentence) in options.items():
                    self._card(key, title, sentence, group=group, name=f"{name}-{key}")

    def _card(self, key: str, title: str, sentence: str, *, group: str, name: str) -> None:
        with box("jd-choice__card", tag="label"):
            radio = name_for_tests(Element("input"), name)
            radio.props.update({"type": "radio", "name": group, "value": key})
            if key == self.value:
                radio.props["checked"] = True
            radio.on("change", lambda: self._choose(key), [])
            with box("jd-choice__words"):
                Text("b", title)
                Text("span", sentence)

    def _choose(self, key: str) -> None:
        self.value = key
