"""The dialog that all dialogs here are: it lives while it is open, and a tab shows one at a time."""

from typing import Self

from nicegui import ui

# The second click of a double click on what opened the dialog falls on the ground beside it, and would close it again.
_KEEP_DOUBLE_CLICKS_OUT = """(event) => {
    if (event.detail > 1 && event.target.closest(".q-dialog__backdrop")) event.stopPropagation();
}"""
# What has the focus keeps it when the ground is pressed.
_KEEP_FOCUS = '(event) => { if (event.target.closest(".q-dialog__backdrop")) event.preventDefault(); }'


class Dialog(ui.dialog):
    """A dialog that is deleted when it closes. Event loop only; needs the context of a tab."""

    def __init__(self, name: str) -> None:
        """Make it, closed. `name` is what a screen reader says of it."""
        super().__init__()
        self.props["aria-label"] = name
        self.on("hide", self.delete)
        self.on("click.capture", js_handler=_KEEP_DOUBLE_CLICKS_OUT)
        self.on("mousedown.capture", js_handler=_KEEP_FOCUS)

    def open(self) -> Self:
        """Show it; where another is open it goes unseen: its button was pressed twice, or too late."""
        if any(isinstance(other, ui.dialog) and other.value for other in self.client.layout):
            self.delete()
            return self
        return super().open()
