"""The dialog that asks for how long something is paused, and why."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from nicegui import background_tasks, ui

from app.pages.time.browser_zone import ask_zone, known_zone, zone_name
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests

OnPause = Callable[[datetime | None, str], Awaitable[None] | None]
"""Called with the instant at which the pause ends by itself (None: it does not) and the reason."""
_UNTIL = "Until a time…"
_FIRST_HOURS = 24
"""So far ahead the time lies that is offered at first."""


class PauseDialog(Dialog):
    """A small dialog. Event loop only; deleted when it closes, and where another dialog is open."""

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        lengths: Mapping[int | None, str],
        max_reason_length: int,
        on_pause: OnPause,
    ) -> None:
        """Draw it.

        Args:
            title: what is paused.
            sentence: what a pause of it means.
            lengths: what can be chosen, in minutes and in words, the first one at first; None: until it is resumed.
                A time that is typed is offered below them.
            max_reason_length: how many characters a reason may have.
            on_pause: called once, when the person is sure; the dialog closes meanwhile.
        """
        super().__init__(title)
        self._lengths, self._on_pause = list(lengths), on_pause
        with self, box("jd-dialog jd-confirm"):
            Text("h2", title, classes="jd-confirm__title")
            Text("p", sentence, classes="jd-confirm__text")
            self._length = ui.select(dict(enumerate([*lengths.values(), _UNTIL])), value=0, label="How long")
            name_for_tests(self._length.props("outlined dense").classes("jd-confirm__field"), "pause-length")
            self._draw_until()
            self._reason = ui.input("Reason").props(f"outlined dense maxlength={max_reason_length} autofocus")
            name_for_tests(self._reason.classes("jd-confirm__field"), "pause-reason")
            draw_acts("Pause", self._go, name="confirm-pause", leave="Let it run", on_leave=self.close)
        self._reason.on("keydown.enter", self._go)

    def _draw_until(self) -> None:
        tomorrow = datetime.now(UTC) + timedelta(hours=_FIRST_HOURS)
        with box("jd-confirm__field") as frame:
            self._until = ui.input("It goes on at", value=f"{tomorrow.astimezone(known_zone()):%Y-%m-%dT%H:00}")
            self._until.props("outlined dense type=datetime-local stack-label")
            name_for_tests(self._until, "pause-until")
            self._zone = Text("p", f"In the zone {zone_name()}.", classes="jd-field__help")
        frame.bind_visibility_from(self._length, "value", value=len(self._lengths))
        self._until.on_value_change(lambda: self._say(""))
        ask = self._ask_zone
        self._length.on_value_change(lambda: background_tasks.create(ask(), name="ask for the zone", context=frame))

    async def _ask_zone(self) -> None:
        await ask_zone()
        if not self.is_deleted:
            self._say("")

    def _say(self, wrong: str) -> None:
        """Say below the time what is wrong with it; "": in which zone it is."""
        self._zone.set_text(wrong or f"In the zone {zone_name()}.")
        self._zone.classes(replace="jd-field__error" if wrong else "jd-field__help")
        self._until.props["aria-invalid"] = "true" if wrong else "false"

    def _go(self) -> Awaitable[None] | None:
        if not self.value:
            return None
        try:
            until = self._read_until()
        except ValueError as error:
            self._say(str(error))
            return None
        self.close()
        return self._on_pause(until, self._reason.value or "")

    def _read_until(self) -> datetime | None:
        """Return when it ends by itself; None: it does not.

        Raises:
            ValueError: no time that is to come was typed; the message is a sentence for people.
        """
        if self._length.value < len(self._lengths):
            minutes = self._lengths[self._length.value]
            return None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
        try:
            at = datetime.fromisoformat(self._until.value or "").replace(tzinfo=known_zone()).astimezone(UTC)
        except (ValueError, OverflowError) as error:  # the last day of all time is none in every zone
            raise ValueError("Choose a date and a time.") from error
        if at <= datetime.now(UTC):
            raise ValueError("That time has passed.")
        return at
