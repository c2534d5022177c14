"""What the dialogs ask with: a line of text with what is wrong below it, a choice between few things, a file."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from nicegui import events, ui
from nicegui.element import Element

from app.errors import FieldError
from app.pages.start.fields.foot import FieldFoot
from app.pages.widgets.markup import Text, box, name_for_tests

_names = count(1)
_DROP_ZONE = """
<div class="jd-drop">
  <q-icon name="upload_file" aria-hidden="true" />
  <span>Drop a file here, or
    <button type="button" class="jd-link" @click="props.pickFiles">choose one</button></span>
  <label><span class="jd-hidden">File to read</span><q-uploader-add-trigger /></label>
</div>
"""


def file_choice(
    *, name: str, on_file: Callable[[events.UploadEventArguments], Any], accept: str = "", several: bool = False
) -> ui.upload:
    """Make a place to drop or choose a file, which is read at once and not kept.

    Args:
        name: for tests.
        on_file: called with each file.
        accept: which files are offered, as `.ics`.
        several: whether more than one may be chosen.
    """
    made = ui.upload(auto_upload=True, multiple=several, on_upload=on_file).classes("jd-uploader")
    made.props("flat hide-upload-btn").props["accept"] = accept or None
    made.add_slot("header", "<span></span>")
    made.add_slot("list", _DROP_ZONE)
    return name_for_tests(made, name)


class Line:
    """A field for a text, with what is wrong below it. Event loop only.

    Attributes:
        frame: the field with what is below it.
        input: the control.
    """

    def __init__(
        self,
        label: str,
        value: str,
        *,
        name: str,
        on_change: Callable[[], object] | None = None,
        limit: int = 1000,
        help_text: str = "",
        is_long: bool = False,
    ) -> None:
        """Draw it.

        Args:
            label: what is asked for.
            value: what stands in it at first.
            name: for tests; what is wrong is named with `error-` before it.
            on_change: called when it was changed.
            limit: how many characters it may have.
            help_text: a line below it.
            is_long: several lines.
        """
        with box("jd-field") as self.frame:
            made = (ui.textarea if is_long else ui.input)(label, value=value, on_change=on_change)
            self.input: ui.input = name_for_tests(made, name)
            self.input.props(f"outlined dense maxlength={limit} debounce=200")
            self._foot = FieldFoot(name, help_text=help_text, control=self.input)

    @property
    def text(self) -> str:
        """What stands in it, without blanks around it."""
        return (self.input.value or "").strip()

    def say_wrong(self, sentence: str) -> None:
        """Say below it what is wrong; "": nothing is."""
        if self._foot.say_wrong(sentence):
            self.frame.classes(**{"add" if sentence else "remove": "jd-field--wrong"})
            self.input.props["aria-invalid"] = "true" if sentence else "false"


def say_wrong(lines: Mapping[str, Line], wrong: Sequence[FieldError]) -> list[FieldError]:
    """Say at each of these fields what is wrong with it, or that nothing is. Returns what belongs to none of them."""
    for field, line in lines.items():
        line.say_wrong(" ".join(dict.fromkeys(one.message for one in wrong if one.field == field)))
    return [one for one in wrong if one.field not in lines]


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
