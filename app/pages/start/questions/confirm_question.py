"""The question before a job of a kind is started that wants to be confirmed, over the form with what was filled in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui.element import Element

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.pages.start.questions.leave_question import FOCUS_AS_BEFORE
from app.pages.start.spec import MISSING, holds_unkept, specs_of
from app.pages.widgets.dialog import draw_acts
from app.pages.widgets.focus import lead_to
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.kinds.kind import Kind
from app.queue.params.params import value_text

_LONGEST_VALUE = 400


class ConfirmQuestion:
    """A small card over the form. Event loop only; hidden until `ask`."""

    def __init__(
        self, form: Element, *, kind: Kind[Any, Any], words: str, act: str, on_sure: Callable[[], Awaitable[None]]
    ) -> None:
        """Draw it.

        Args:
            form: what cannot be reached meanwhile.
            kind: what is started.
            words: what has to be known before.
            act: what stands on the button that starts it.
            on_sure: called when it is meant.
        """
        self._form, self._kind, self._on_sure = form, kind, on_sure
        title = f"{act} {kind.title}?"
        with box("jd-leave") as self._veil, box("jd-leave__card") as card:
            card.props["role"] = "alertdialog"
            card.props["aria-label"] = title
            Text("h2", title, classes="jd-confirm__title")
            self._words = name_for_tests(Text("p", words, classes="jd-confirm__text"), "start-confirm")
            self._values = name_for_tests(box("jd-confirm__values", tag="dl"), "confirm-values")
            draw_acts(
                act,
                self._go,
                name="confirm-start",
                leave="Keep editing",
                on_leave=self.drop,
                leave_name="confirm-keep",
                is_loss=True,
            )
        self._veil.visible = False

    @property
    def is_asked(self) -> bool:
        """Whether it is shown."""
        return bool(self._veil.visible)

    def ask(self, values: Mapping[str, Any]) -> None:
        """Show it with the values that the job would have, the focus on what changes nothing."""
        self._values.clear()
        with self._values:
            for name, text in _said(self._kind, values).items():
                Text("dt", name)
                Text("dd", text)
        self._form.props["inert"] = True
        self._veil.visible = True
        lead_to(self._veil, words=self._words)

    def drop(self) -> None:
        """Hide it, and go on where the person was."""
        self._form.props.pop("inert")
        self._veil.visible = False
        self._veil.client.run_javascript(FOCUS_AS_BEFORE)

    async def _go(self) -> None:
        if self.is_asked:
            self._form.props.pop("inert")
            self._veil.visible = False
            await self._on_sure()


def _is_empty(value: Any) -> bool:
    return value is MISSING or value is None or value in ("", [])


def _said(kind: Kind[Any, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Write values for people, defaults too; secrets as dots, and a file that was sent only as one."""
    specs = specs_of(kind.params_model)
    unkept = {spec.name for spec in specs if holds_unkept(spec)}
    whole = {spec.name: values.get(spec.name, spec.default) for spec in specs} | dict(values)
    given = {name: value for name, value in whole.items() if name in values or not _is_empty(value)}
    said = {name: SECRET_SHOWN_AS if name in unkept else value_text(value) for name, value in given.items()}
    return {name: text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…" for name, text in said.items()}
