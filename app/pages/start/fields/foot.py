"""What stands below the control of a field: what is wrong with its value, and a line of help."""

from nicegui.element import Element

from app.pages.widgets.markup import Text, box, name_for_tests


class FieldFoot:
    """Two texts that a screen reader says with the control. Event loop only."""

    def __init__(self, name: str, *, help_text: str, control: Element) -> None:
        """Draw it, with nothing wrong.

        Args:
            name: the name of the field, for tests.
            help_text: what the help line says.
            control: what it belongs to.
        """
        with box("jd-field__foot") as foot:
            self.words = name_for_tests(Text("p", classes="jd-field__error"), f"error-{name}")
            self.words.props["role"] = "alert"
            self.words.visible = False
            self._help = Text("p", help_text, classes="jd-field__help")
        control.props["aria-describedby"] = foot.html_id

    @property
    def error(self) -> str:
        """What it says is wrong; "" where nothing is."""
        return str(self.words.text)

    def say_wrong(self, sentence: str) -> bool:
        """Say what is wrong, or with "" that nothing is. False: it said so already."""
        if sentence == self.error:
            return False
        self.words.text = sentence
        self.words.visible = sentence != ""
        return True

    def say_help(self, text: str) -> None:
        """Say something else in the help line."""
        self._help.text = text
