"""The question before a form that was filled in is left, over the form in the dialog that holds both."""

from collections.abc import Callable

from nicegui.element import Element

from app.pages.widgets.dialog import draw_acts
from app.pages.widgets.focus import lead_to
from app.pages.widgets.markup import Text, box

REMEMBER_FOCUS = "() => { window.jdFocusBefore = document.activeElement; emit(); }"
"""The handler of whatever asks to leave: only the browser knows by then where the focus was."""
FOCUS_AS_BEFORE = "setTimeout(() => window.jdFocusBefore?.focus())"
"""The script that goes back there."""


class LeaveQuestion:
    """A small card over the form. Event loop only; hidden until `ask`."""

    def __init__(self, form: Element, *, on_leave: Callable[[], None]) -> None:
        """`form`: what cannot be reached meanwhile; `on_leave` is called when it may be thrown away."""
        self._form = form
        title = "Throw away what you filled in?"
        with box("jd-leave") as self._veil, box("jd-leave__card") as card:
            card.props["role"] = "alertdialog"
            card.props["aria-label"] = title
            Text("h2", title, classes="jd-confirm__title")
            self._words = Text("p", "Nothing was started, and it is not kept.", classes="jd-confirm__text")
            draw_acts(
                "Throw away",
                on_leave,
                name="throw-away",
                leave="Keep editing",
                on_leave=self.drop,
                leave_name="keep-editing",
                is_loss=True,
            )
        self._veil.visible = False

    @property
    def is_asked(self) -> bool:
        """Whether it is shown."""
        return bool(self._veil.visible)

    def ask(self) -> None:
        """Show it, with the focus on what changes nothing."""
        self._form.props["inert"] = True
        self._veil.visible = True
        lead_to(self._veil, words=self._words)

    def drop(self) -> None:
        """Hide it, and go on where the person was."""
        self._form.props.pop("inert")
        self._veil.visible = False
        self._veil.client.run_javascript(FOCUS_AS_BEFORE)
