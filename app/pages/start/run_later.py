"""What stands under *More* in the start dialog: when to run, how urgently, in which queue, with which tags."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args

from nicegui import background_tasks, ui

from app.db.snapshots.parts import Priority
from app.pages.start.fields.field import FieldReports, FormField
from app.pages.start.fields.scalars import TextField
from app.pages.start.spec import FieldSpec
from app.pages.time.browser_zone import ask_zone, known_zone, zone_name
from app.pages.time.duration_text import EXAMPLES, parse_duration
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.acts.starting import StartOptions

LONGEST_DELAY = timedelta(days=366)


class RunLater:
    """The part of the dialog that most starts do not need; closed until asked for."""

    def __init__(self, *, priority: Priority, queue: str, tags: Sequence[str]) -> None:
        """Draw it with what the kind declares, which applies when nothing else is chosen or typed."""
        with box("jd-more", tag="details") as self.details:
            name_for_tests(Text("summary", "More", classes="jd-more__title"), "more")
            with box("jd-more__fields"):
                self._draw_when()
                self._draw_priority(priority)
                self.queue = _Plain("queue", "Queue", help_text="Which workers may take it.", placeholder=queue)
                shown_tags = ", ".join(tags) or "nightly, import"
                self.tags = _Plain("tags", "Tags", help_text="Separated by commas.", placeholder=shown_tags)
        self.details.on("toggle", lambda: background_tasks.create(self._name_zone(), context=self.details), [])

    def _draw_when(self) -> None:
        with box("jd-field"):
            with box("jd-field__head"):
                Text("span", "Run", classes="jd-field__title")
            self.when = ui.toggle({"now": "Now", "in": "After a delay", "at": "At a time"}, value="now")
            name_for_tests(self.when.props("unelevated no-caps dense").classes("jd-segments"), "run-when")
        self.delay = _Plain("delay", "Delay", help_text=EXAMPLES, placeholder="30m")
        self.at = _Plain("at", "Time", help_text=" ")
        self.at.input.props["type"] = "datetime-local"
        self.delay.frame.bind_visibility_from(self.when, "value", value="in")
        self.at.frame.bind_visibility_from(self.when, "value", value="at")

    def _draw_priority(self, priority: Priority) -> None:
        with box("jd-field"):
            with box("jd-field__head"):
                Text("span", "Priority", classes="jd-field__title")
            names = {name: name.capitalize() for name in get_args(Priority)}
            self.priority = ui.toggle(names, value=priority)
            name_for_tests(self.priority.props("unelevated no-caps dense").classes("jd-segments"), "priority")
            with box("jd-field__foot"):
                Text("p", "A higher one is taken first, whatever waits.", classes="jd-field__help")

    async def _name_zone(self) -> None:
        await ask_zone()
        self.at.foot.say_help(f"In the zone {zone_name()}.")

    def read_when(self) -> tuple[datetime | timedelta | None, bool]:
        """Give the time to run at, or how long to wait (None: now), and whether it could be read; what could not shows
        its error.
        """
        when: datetime | timedelta | None
        try:
            if self.when.value == "in":
                when = parse_duration(self.delay.input.value or "")
                if when > LONGEST_DELAY:
                    raise ValueError("At most a year.")
                if when < timedelta(0):
                    raise ValueError("That time has passed.")
            elif self.when.value == "at":
                when = self._read_time()
            else:
                when = None
        except ValueError as problem:
            self.details.props["open"] = True
            (self.delay if self.when.value == "in" else self.at).show_error(str(problem))
            return None, False
        self.delay.show_error(None)
        self.at.show_error(None)
        return when, True

    def _read_time(self) -> datetime:
        try:
            at = datetime.fromisoformat(self.at.input.value or "").replace(tzinfo=known_zone())
        except ValueError as problem:
            raise ValueError("Choose a date and a time.") from problem
        if at <= datetime.now(UTC):
            raise ValueError("That time has passed.")
        return at

    def typed(self) -> tuple[Any, ...]:
        """Return everything that is chosen and typed here, unchecked."""
        texts = (field.input.value or "" for field in (self.delay, self.at, self.queue, self.tags))
        return self.when.value, self.priority.value, *texts  # NOTE: `write` takes them in this order

    def write(self, typed: Sequence[Any]) -> None:
        """Show what `typed` returned."""
        controls = (self.when, self.priority, self.delay.input, self.at.input, self.queue.input, self.tags.input)
        for control, value in zip(controls, typed, strict=True):
            control.value = value

    def options(self, when: datetime | timedelta | None) -> StartOptions:
        """Return the options of the start; `when` is what `read_when` returned."""
        return StartOptions(
            run_at=when if isinstance(when, datetime) else None,
            delay=when if isinstance(when, timedelta) else None,
            priority=cast("Priority", self.priority.value),
            queue=self.read_queue(),
            tags=self.read_tags(),
        )

    def read_queue(self) -> str | None:
        """Return the queue that was typed; None: the kind's own."""
        return (self.queue.input.value or "").strip() or None

    def read_tags(self) -> list[str]:
        """Return the tags that were typed; the start adds the kind's own."""
        typed = [tag.strip() for tag in (self.tags.input.value or "").split(",")]
        return list(dict.fromkeys(tag for tag in typed if tag))

    def first_wrong(self) -> FormField | None:
        """Return its first field that shows an error and is shown."""
        fields = (self.delay, self.at, self.queue, self.tags)
        return next((field for field in fields if field.frame.visible and field.wrong()), None)

    def show_error(self, name: str, message: str) -> bool:
        """Show an error at one of its fields by the name it has in the API. False when it is about no
        field here: none has this name, or nothing was given there and a parameter is called so.
        """
        given: dict[str, tuple[FormField, bool]] = {
            "queue": (self.queue, self.read_queue() is not None),
            "tags": (self.tags, bool(self.read_tags())),
            "run_at": (self.at, self.when.value == "at"),
        }
        field, is_given = given.get(name, (None, False))
        if field is None or not is_given:
            return False
        self.details.props["open"] = True
        field.show_error(message)
        return True


class _Plain(TextField):
    """A text field that is no parameter: its name has a hyphen, which no parameter can have in its name."""

    def __init__(self, name: str, title: str, *, help_text: str, placeholder: str = "") -> None:
        self._placeholder = placeholder
        spec = FieldSpec(path=(f"later-{name}",), title=title, help=help_text, type=str, is_required=False)
        super().__init__(spec, reports=FieldReports(edited=lambda field: field.show_error(None)))

    def empty_shows(self) -> str:
        return self._placeholder
