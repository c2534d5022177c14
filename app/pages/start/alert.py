"""What keeps a job from being started and belongs to no field, above the fields of the start dialog."""

from app.pages.widgets.focus import lead_to
from app.pages.widgets.markup import Text, box, name_for_tests


class StartAlert:
    """A sentence and what to do about it. Event loop only; hidden until `show`."""

    def __init__(self) -> None:
        """Draw it, empty."""
        self._element = name_for_tests(box("jd-start__alert"), "start-alert")
        self._element.props["role"] = "alert"
        self._element.visible = False
        with self._element:
            self._message = Text("p", classes="jd-start__alert-message")
            self._hint = Text("p", classes="jd-start__alert-hint")

    def show(self, message: str, hint: str = "") -> None:
        """Say it, and lead the person there."""
        self._message.text = message
        self._hint.text = hint
        self._element.visible = True
        lead_to(self._element, words=self._element)

    def hide(self) -> None:
        """Say no more."""
        self._element.visible = False
