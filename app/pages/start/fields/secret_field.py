"""The field of a secret. What is typed is sent to the server, never back."""

import json
from typing import Any, Literal

from nicegui.element import Element

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.pages.start.fields.scalars import TextField


class SecretField(TextField):
    """Dots. What was typed is not kept and not shown again."""

    keeps_value = False
    is_kept = False
    """The secret of the job that is run again is used unless another is typed (`app.queue.retry` takes it over)."""

    def draw(self) -> Element:
        """Make the input."""
        super().draw()
        self.input.props["type"] = "password"
        self.input.props["autocomplete"] = "new-password"
        return self.input

    def mark_invalid(self, is_invalid: Literal["true", "false"]) -> None:
        """Say it in the browser alone: a change of the element would send it again whole, and the secret is in it."""
        element, invalid = self.input.id, json.dumps(is_invalid)
        self.input.client.run_javascript(f"getHtmlElement({element})?.setAttribute('aria-invalid', {invalid})")

    def help(self) -> str:
        """Say that it is not shown again."""
        return self.spec.help or "Sealed when stored, and never shown again."

    def read_shown(self) -> Any:
        """Give dots for a secret that was typed."""
        return SECRET_SHOWN_AS if self.input.value or self.is_kept else self.spec.empty

    def read(self) -> Any:
        """Give what was typed; the dots of an earlier run where nothing was."""
        return SECRET_SHOWN_AS if self.is_kept and not self.input.value else super().read()

    def write(self, value: Any) -> None:
        """Take a secret over; dots leave the field as it is, and stand for the secret of an earlier run."""
        if value == SECRET_SHOWN_AS:
            self.is_kept = self.is_kept or not self.input.value
            self.input.props["placeholder"] = "as before" if self.is_kept else ""
        else:
            super().write(value)
