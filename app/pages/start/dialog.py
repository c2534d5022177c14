"""The start dialog: a form made from a kind's params, checked beside the inputs before anything is queued."""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from nicegui import app, ui

from app import queue
from app.db import State
from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.errors import AppError, InvalidInput
from app.pages.jobs.reader import reader
from app.pages.start.draft import RestoredNote, StartDraft
from app.pages.start.fields import FormField
from app.pages.start.groups import field_for, first_wrong, holder, place_error, read_all, write_all
from app.pages.start.leave_question import REMEMBER_FOCUS, LeaveQuestion
from app.pages.start.overlong import SENTENCE, Overlong
from app.pages.start.run_later import RunLater
from app.pages.start.spec import MISSING, holds_unkept, specs_of
from app.pages.start.values import Path, name_of, path_of, place_of, raw, unreadable_in, value_at
from app.pages.time.browser_zone import ask_zone
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.focus import lead_to
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.toast import toast
from app.queue.acts.starting import Started, StartOptions, begin
from app.queue.kinds.kind import Kind
from app.queue.params.checked import codes_changed
from app.queue.params.params import validated, with_secrets

logger = logging.getLogger(__name__)

KEEP_SECONDS = 0.5
"""What is filled in is kept so often."""

Problems = list[tuple[Path, str]]

# Before the control that has the focus hears of it: Ctrl-Enter on Cancel is no press on Cancel.
_SUBMIT_KEYS = """(event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) emit();
}"""


async def open_start_dialog(
    kind: Kind[Any, Any], *, initial: Mapping[str, Any] | None = None, retry_of: int | None = None
) -> None:
    """Ask for the params of a kind and start a job of it; the dialog closes by itself when the job is stored.

    Args:
        kind: what to start.
        initial: values to begin with, as a job shows them (secrets as dots: they are asked for again).
        retry_of: the finished job that is run again with other values.
    """
    if "date-time" in json.dumps(kind.schema()):
        await ask_zone()
    with ui.context.client.layout:  # not where the button is: that place may be redrawn while the dialog is open
        try:
            StartDialog(kind, initial=initial, retry_of=retry_of).open()
        except Exception:  # a default or a value of the author may be what nobody thought of
            logger.exception("The form of %s cannot be shown", kind.name)
            hint = "A program can start it. The server's log says what is wrong with the form."
            toast(f"The form of {kind.title} cannot be shown.", hint, tone="error")


class StartDialog(Dialog):
    """The dialog and the one job it may start. Event loop only; deleted when it closes."""

    def __init__(self, kind: Kind[Any, Any], *, initial: Mapping[str, Any] | None, retry_of: int | None) -> None:
        """See `open_start_dialog`."""
        self.kind = kind
        self.retry_of = retry_of
        super().__init__(self._title())
        try:
            self._draw(initial or {})
        except Exception:
            self.delete()
            raise

    def _draw(self, initial: Mapping[str, Any]) -> None:
        kind, retry_of = self.kind, self.retry_of
        self.is_busy = False
        self.was_refused = False
        self.mode: Literal["form", "json"] = "form"
        self.overlong = Overlong(self, on_change=self._judge_overlong)
        self.on("keydown.capture", self.start, [], js_handler=_SUBMIT_KEYS)  # on its ground too, where no control is
        self.props("persistent").on("shake", self._ask_to_leave, [], js_handler=REMEMBER_FOCUS)  # Escape, click beside
        with self, box("jd-dialog jd-start"):
            with box("jd-start__form") as form:
                self._draw_head()
                with box("jd-start__body"):
                    self.restored = RestoredNote(on_start_over=self._start_over)
                    self._draw_alert()
                    self._draw_form()
                    self._draw_json()
                    self.later = RunLater(priority=kind.priority, queue=kind.queue, tags=kind.tags)
                    self.later.details.visible = retry_of is None
                self._draw_foot()
            self.question = LeaveQuestion(form, on_leave=self._leave)
            self.keeper = ui.timer(KEEP_SECONDS, self._keep_draft)
        values = dict(initial)
        if retry_of is None:  # only a retry can take stored secrets over
            values = {name: value for name, value in values.items() if value != SECRET_SHOWN_AS}
        self.initial = values
        write_all(self.fields, values)
        self.untouched = self._filled_in()
        self.draft = StartDraft(kind.name if retry_of is None else f"{kind.name} {retry_of}")
        self._take_up_draft()
        self._focus_first()

    def _title(self) -> str:
        return f"Run #{self.retry_of} again" if self.retry_of is not None else f"Start {self.kind.title}"

    def _draw_head(self) -> None:
        with box("jd-start__head"):
            with box("jd-start__titles"):
                Text("h2", self._title(), classes="jd-start__title")
                about = self.kind.description
                if self.retry_of is not None:
                    about = f"{self.kind.title}, as a new job with the values below."
                Text("p", about, classes="jd-start__about")
            close = ui.button(icon="close", color=None).props("flat").classes("jd-icon-button")
            close.on("click", self._ask_to_leave, [], js_handler=REMEMBER_FOCUS)
            close.props["aria-label"] = "Close"
        if not self.kind.params_model.model_fields:
            return
        with box("jd-start__tools"):
            self.modes = ui.toggle({"form": "Form", "json": "JSON"}, value="form", on_change=self._switch_mode)
            name_for_tests(self.modes.props("unelevated no-caps dense").classes("jd-segments"), "start-mode")
            if self._last_values() is not None and self.retry_of is None:
                last = ui.button("Use last values", icon="history", color=None, on_click=self._use_last_values)
                name_for_tests(last.props("flat dense no-caps").classes("jd-quiet-button"), "use-last-values")

    def _draw_alert(self) -> None:
        self.alert = name_for_tests(box("jd-start__alert"), "start-alert")
        self.alert.props["role"] = "alert"
        self.alert.visible = False
        with self.alert:
            self.alert_message = Text("p", classes="jd-start__alert-message")
            self.alert_hint = Text("p", classes="jd-start__alert-hint")

    def _draw_form(self) -> None:
        with box("jd-fields") as self.form:
            self.fields: list[FormField] = [
                field_for(spec, on_edit=self._check_field) for spec in specs_of(self.kind.params_model)
            ]
            if not self.fields:
                Text("p", "Nothing to fill in: this kind has no parameters.", classes="jd-start__empty")

    def _draw_json(self) -> None:
        with box("jd-field") as self.json_frame:
            self.json = ui.textarea(value="").props("outlined dense hide-bottom-space autogrow spellcheck=false")
            name_for_tests(self.json.classes("jd-mono jd-start__json"), "start-json")
            self.json.props["aria-label"] = "Params as JSON"
            self.json_error = name_for_tests(Text("p", classes="jd-field__error"), "error-json")
            self.json_error.props["role"] = "alert"
        self.json_frame.visible = False

    def _draw_foot(self) -> None:
        with box("jd-start__foot"):
            with box("jd-start__keys", tag="span"):
                Text("kbd", "Ctrl", classes="jd-key")
                Text("kbd", "↵", classes="jd-key")
            cancel = ui.button("Cancel", color=None).props("flat no-caps")
            cancel.on("click", self._ask_to_leave, [], js_handler=REMEMBER_FOCUS)
            name_for_tests(cancel.classes("jd-button jd-button--ghost"), "start-cancel")
            label = "Start" if self.retry_of is None else "Start again"
            self.button = ui.button(label, color=None, on_click=self.start).props("unelevated no-caps")
            name_for_tests(self.button.classes("jd-button jd-button--primary"), "start-submit")

    def _focus_first(self) -> None:
        if self.fields:
            self.fields[0].focus_at_first()
        else:
            self.button.props["autofocus"] = True

    # What the person does

    def _ask_to_leave(self) -> None:
        """Close; ask first when something would be lost. Asked again, it goes on with the form."""
        if self.question.is_asked:
            self.question.drop()
        elif self._filled_in() == self.untouched:
            self._leave()
        elif not self.is_busy:  # else it closes by itself, or says why nothing was started
            self.question.ask()

    def _filled_in(self) -> tuple[Any, ...]:
        is_other_json = self.mode == "json" and self.json.value != self._as_json()
        return read_all(self.fields), self.json.value if is_other_json else None, self.later.typed()

    def _as_json(self) -> str:
        return json.dumps(read_all(self.fields, shown=True), indent=2, ensure_ascii=False, default=raw)

    def _check_field(self, field: FormField) -> None:
        """Say at one field what is wrong with it now; an empty one is left in peace until Start was pressed."""
        _, problems = self._read()
        path = field.spec.path
        field.show_error(None)
        if not self.was_refused and field.read() is MISSING:
            return
        self._show_problems([problem for problem in problems if problem[0][: len(path)] == path])

    def _switch_mode(self) -> None:
        if self.modes.value == self.mode:
            return
        if self.modes.value == "json":
            self.json.value = self._as_json()
            self.json_error.text = ""
        else:
            values = self._parse_json()
            if values is None:
                self.modes.value = "json"
                return
            write_all(self.fields, values)
            self._clear_errors()
        self.mode = self.modes.value
        self.form.visible = self.mode == "form"
        self.json_frame.visible = self.mode == "json"

    def _use_last_values(self) -> None:
        values = self._last_values() or {}
        if self.mode == "json":
            self.json.value = json.dumps(values, indent=2, ensure_ascii=False)
        else:
            write_all(self.fields, values)
            self._clear_errors()

    async def start(self) -> None:
        """Check everything, then start one job; a second call while the first still works does nothing."""
        if self.is_busy or self.question.is_asked:
            return
        self.is_busy = True  # stays on after a success: the dialog closes
        self.button.props["loading"] = True
        if not await self._start():
            self.is_busy = False
            self.button.props["loading"] = False

    async def _start(self) -> bool:
        self._clear_errors()
        self.was_refused = True
        values, problems = self._read()
        when, is_readable = self.later.read_when()
        if values is None:
            return False
        if problems or not is_readable:
            self._show_problems(problems, focus=True)
            return False
        try:
            started = await self._call_queue(values, when)
        except InvalidInput as error:
            self._show_refusal(error)
        except AppError as error:
            self._show_alert(error.message, error.hint or "")
        except Exception:
            logger.exception("Starting %s from the page failed", self.kind.name)
            self._show_alert("Something went wrong, and nothing was started.", "The server's log has the details.")
        else:
            self._keep_values()
            self._leave()
            _say(started)
            return True
        return False

    async def _call_queue(self, values: dict[str, Any], when: datetime | timedelta | None) -> Started:
        if self.retry_of is not None:
            return Started(
                job=await asyncio.to_thread(queue.retry, self.retry_of, params=values, by=reader()), is_new=True
            )
        order = StartOptions(
            run_at=when if isinstance(when, datetime) else None,
            delay=when if isinstance(when, timedelta) else None,
            priority=self.later.read_priority(),
            queue=self.later.read_queue(),
            tags=self.later.read_tags(),
        )
        return await asyncio.to_thread(begin, self.kind, values, order=order, by=reader())

    # Reading and judging

    def _read(self) -> tuple[dict[str, Any] | None, Problems]:
        """Read what is filled in and ask the kind's params model about it."""
        values = read_all(self.fields) if self.mode == "form" else self._parse_json()
        if values is None:
            return None, []
        if overlong := self._overlong():
            return values, overlong
        try:
            validated(self.kind.params_model, values, settled=self._settled(values))
        except InvalidInput as error:
            if not error.fields:
                return values, [((), error.message)]
            found = {path_of(one.field): one.message for one in error.fields}
            if self.retry_of is not None:  # the queue puts the old secrets in the place of their dots, where it can
                found = {path: words for path, words in found.items() if value_at(values, path) != SECRET_SHOWN_AS}
            return values, list({**found, **dict(unreadable_in(values))}.items())
        return values, []

    def _overlong(self) -> Problems:
        fields = (holder(self.fields, html_id) for html_id in self.overlong.ids)
        return [(field.spec.path if field and self.mode == "form" else (), SENTENCE) for field in fields]

    def _judge_overlong(self) -> None:
        self._clear_errors()
        self._show_problems(self._overlong())

    def _settled(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what a run again takes from the earlier run as it is (`app.queue.retry`): nobody judges it again."""
        if self.retry_of is None:
            return {}
        same = [name for name in codes_changed(self.kind.params_model) if name in values and name in self.initial]
        return {name: values[name] for name in same if values[name] == self.initial[name]}

    def _parse_json(self) -> dict[str, Any] | None:
        """Read the JSON view. Returns None, with the error shown, when it is no JSON object."""
        try:
            values = json.loads(self.json.value or "{}")
        except ValueError as problem:
            self.json_error.text = f"This is not JSON{place_of(problem)}."
            return None
        if not isinstance(values, dict):
            self.json_error.text = 'This must be one JSON object: {"name": value, …}.'
            return None
        typed, shown = read_all(self.fields), read_all(self.fields, shown=True)
        left_out = {
            name for name in shown if name not in typed and values.get(name) == shown[name]
        }  # its default stands there
        given = {name: value for name, value in values.items() if name not in left_out}
        return {name: with_secrets(value, shown.get(name), typed.get(name)) for name, value in given.items()}

    # Showing what is wrong

    def _show_problems(self, problems: Problems, *, focus: bool = False) -> None:
        if self.mode == "json":
            self.json_error.text = "\n".join(f"{name_of(path)}: {text}" if path else text for path, text in problems)
            return
        homeless = [(path, text) for path, text in problems if not place_error(self.fields, path, text)]
        if homeless:
            self._show_alert("\n".join(f"{name_of(path)}: {text}" if path else text for path, text in homeless))
        if focus and (wrong := first_wrong(self.fields) or self.later.first_wrong()):
            wrong.lead_here()

    def _show_refusal(self, error: InvalidInput) -> None:
        elsewhere = [one for one in error.fields if not self.later.show_error(one.field, one.message)]
        problems = [(path_of(one.field.removeprefix("params.")), one.message) for one in elsewhere]
        if not error.fields:
            self._show_alert(error.message, error.hint or "")
        self._show_problems(problems, focus=True)

    def _show_alert(self, message: str, hint: str = "") -> None:
        self.alert_message.text = message
        self.alert_hint.text = hint
        self.alert.visible = True
        lead_to(self.alert, words=self.alert)

    def _clear_errors(self) -> None:
        self.alert.visible = False
        self.json_error.text = ""
        for field in self.fields:
            field.show_error(None)

    # What is not started yet, kept for this tab

    def _keep_draft(self) -> None:
        """Keep what is filled in by now, without secrets and uploads. What is typed as JSON may hold secrets."""
        is_untouched = self._filled_in() == self.untouched
        is_other_json = self.mode == "json" and self.json.value != self._as_json()
        draft = {"params": self._read_kept(), "later": self.later.typed(), "is_other_json": is_other_json}
        self.draft.keep(None if is_untouched else json.loads(json.dumps(draft, default=raw)))

    def _take_up_draft(self) -> None:
        """Fill in what was filled in before the page was left."""
        match self.draft.read():
            case {"params": dict(params), "later": list(later), "is_other_json": is_other_json}:
                partly = {field.spec.name for field in self.fields if holds_unkept(field.spec)}
                before = self._read_kept()
                same = {name for name in partly & self.initial.keys() if params.get(name) == before.get(name)}
                write_all(self.fields, {**params, **{name: self.initial[name] for name in same}})
                self.later.write(later)
            case _:
                return
        if self._filled_in() != self.untouched or is_other_json:
            if self.later.typed() != self.untouched[-1]:
                self.later.details.props["open"] = True
            self.restored.show(lacks_secrets=bool(partly - same), lacks_json=is_other_json)

    def _start_over(self) -> None:
        write_all(self.fields, self.initial)
        self.later.write(self.untouched[-1])
        self.json.value = self._as_json()
        self.restored.hide()
        self._clear_errors()

    def _leave(self) -> None:
        """Close, and keep no draft."""
        self.keeper.cancel()
        self.draft.keep(None)
        self.close()

    # The values of the last time, kept for this person

    def _last_values(self) -> dict[str, Any] | None:
        values = app.storage.user.get("last_values", {}).get(self.kind.name)
        return dict(values) if values else None

    def _keep_values(self) -> None:
        """Remember what was filled in, without secrets and uploads."""
        if self.mode == "json":
            return
        last = {**app.storage.user.get("last_values", {}), self.kind.name: self._read_kept()}
        app.storage.user["last_values"] = last

    def _read_kept(self) -> dict[str, Any]:
        kept = {field.spec.name: field.read_kept() for field in self.fields}
        return {name: value for name, value in kept.items() if value is not MISSING}


def _say(started: Started) -> None:
    job = started.job
    name, link = f"{job.title} #{job.id}", ("Open", f"/jobs/{job.id}")
    if not started.is_new:
        toast(f"Already there: {name}", "One of its kind like it is not finished yet.", link=link)
    else:
        toast(f"{name} {'will run later' if job.state is State.SCHEDULED else 'is started'}.", link=link)
