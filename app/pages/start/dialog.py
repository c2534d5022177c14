"""The start dialog: a form made from a kind's params, checked beside the inputs before anything is queued."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.errors import AppError, InvalidInput
from app.pages.jobs.reader import refuse_act
from app.pages.start.alert import StartAlert
from app.pages.start.draft import LastValues, RestoredNote, StartDraft, note_start
from app.pages.start.fields.field import FindFile, KeepFile, lead_to_field
from app.pages.start.foot import StartFoot
from app.pages.start.form import ParamsForm, Problems
from app.pages.start.offered import OfferedValues
from app.pages.start.questions.confirm_question import ConfirmQuestion
from app.pages.start.questions.leave_question import REMEMBER_FOCUS, LeaveQuestion
from app.pages.start.run_later import RunLater
from app.pages.start.values import path_of, raw
from app.pages.time.browser_zone import ask_zone
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.toast import toast
from app.queue.acts.starting import StartOptions
from app.queue.kinds.kind import Kind
from app.rights import Act

logger = logging.getLogger(__name__)

KEEP_SECONDS = 0.5
"""What is filled in is kept so often."""

# Before the control that has the focus hears of it: Ctrl-Enter on Cancel is no press on Cancel.
_SUBMIT_KEYS = """(event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) emit();
}"""


OnStart = Callable[[Mapping[str, Any], StartOptions], Awaitable[None]]


async def open_start_dialog(
    kind: Kind[Any, Any],
    *,
    on_start: OnStart,
    keep_file: KeepFile,
    find_file: FindFile,
    initial: Mapping[str, Any] | None = None,
    retry_of: int | None = None,
    note: str = "",
) -> None:
    """Ask for the params of a kind and start a job of it; the dialog closes by itself when the job is stored.

    Args:
        kind: what to start.
        on_start: starts the job, or raises `AppError`, which the dialog shows.
        keep_file: keeps a file that the person sent.
        find_file: finds an upload by its id.
        initial: values to begin with, as a job shows them (secrets as dots: they are asked for again).
        retry_of: the finished job that is run again with other values.
        note: what else there is to know of this start.
    """
    if (refusal := refuse_act(Act.START, requires=kind.requires)) is not None:
        toast(f"{kind.title} cannot be started by you.", refusal, tone="error")
        return
    if "date-time" in json.dumps(kind.schema()):
        await ask_zone()
    with ui.context.client.layout:  # not where the button is: that place may be redrawn while the dialog is open
        dialog = StartDialog(kind, on_start=on_start, retry_of=retry_of, note=note)
        try:
            dialog.draw(initial or {}, keep_file=keep_file, find_file=find_file)
            dialog.open()
        except Exception:  # a default of the author may be a value that no field can show
            dialog.delete()
            logger.exception("The form of %s cannot be shown", kind.name)
            hint = "A program can start it. The server's log says what is wrong with the form."
            toast(f"The form of {kind.title} cannot be shown.", hint, tone="error")


class StartDialog(Dialog):
    """The dialog and the one job it may start. Event loop only; deleted when it closes."""

    def __init__(self, kind: Kind[Any, Any], *, on_start: OnStart, retry_of: int | None, note: str = "") -> None:
        """Make it, empty; see `open_start_dialog`."""
        self.kind = kind
        self.note = note
        self.retry_of = retry_of
        self._on_start = on_start
        super().__init__(f"Run #{retry_of} again" if retry_of is not None else f"Start {kind.title}")
        self.is_busy = self.is_left = False
        self.last = LastValues(kind.name)
        self.on("keydown.capture", self.start, [], js_handler=_SUBMIT_KEYS)  # on its ground too, where no control is
        self.props("persistent").on("shake", self._ask_to_leave, [], js_handler=REMEMBER_FOCUS)  # Escape, click beside

    def draw(self, initial: Mapping[str, Any], *, keep_file: KeepFile, find_file: FindFile) -> None:
        """Draw it and fill it in; see `open_start_dialog`."""
        kind, is_again = self.kind, self.retry_of is not None
        label = "Start again" if is_again else "Start"
        with self, box("jd-dialog jd-start"):
            with box("jd-start__form") as form:
                self._draw_head()
                with box("jd-start__body"):
                    self.restored = RestoredNote(on_start_over=self._start_over)
                    self.alert = StartAlert()
                    self.form = ParamsForm(
                        kind,
                        is_again=is_again,
                        keep_file=keep_file,
                        find_file=find_file,
                        on_homeless=lambda words: self.alert.show(words) if words else self.alert.hide(),
                        on_judged=lambda words: self.foot.show_count(words, is_wrong=not self.form.awaits_file),
                        watched=self,
                    )
                    self.later = RunLater(priority=kind.priority, queue=kind.queue, tags=kind.tags)
                    self.later.details.visible = not is_again
                self.foot = StartFoot(label, on_start=self.start, on_cancel=self._ask_to_leave)
            self._draw_tools()
            self.question = LeaveQuestion(form, on_leave=self._leave)
            self.confirmation = ConfirmQuestion(
                form, kind=kind, words=kind.confirm or "", act=label, on_sure=self._start_confirmed
            )
            self.keeper = ui.timer(KEEP_SECONDS, self._keep_draft)
        # Only a run again can take stored secrets over.
        self.form.begin_with({name: one for name, one in initial.items() if is_again or one != SECRET_SHOWN_AS})
        self.untouched = self._filled_in()
        self.draft = StartDraft(kind.name if not is_again else f"{kind.name} {self.retry_of}")
        self._take_up_draft()
        self._focus_first()

    def _draw_head(self) -> None:
        with box("jd-start__head"):
            with box("jd-start__titles"):
                Text("h2", str(self.props["aria-label"]), classes="jd-start__title")
                about = self.kind.description
                if self.retry_of is not None:
                    about = f"{self.kind.title}, as a new job with the values below."
                Text("p", about, classes="jd-start__about")
                if self.note:
                    name_for_tests(Text("p", self.note, classes="jd-start__about jd-start__note"), "start-note")
            close = ui.button(icon="close", color=None).props("flat").classes("jd-icon-button")
            close.on("click", self._ask_to_leave, [], js_handler=REMEMBER_FOCUS)
            close.props["aria-label"] = "Close"
        self.tools = box("jd-start__tools")
        self.tools.visible = bool(self.kind.params_model.model_fields)

    def _draw_tools(self) -> None:
        with self.tools:
            self.form.draw_modes()
            if self.retry_of is None:
                OfferedValues(self.kind, form=self.form, last=self.last)

    def _focus_first(self) -> None:
        if self.form.fields:
            self.form.fields[0].focus_at_first()
        else:
            self.foot.button.props["autofocus"] = True

    # What the person does

    def _filled_in(self) -> tuple[Any, ...]:
        return *self.form.filled_in(), self.later.typed()

    def _ask_to_leave(self) -> None:
        """Close; ask first when something would be lost. Asked again, it goes on with the form."""
        if asked := next((one for one in (self.question, self.confirmation) if one.is_asked), None):
            asked.drop()
            return
        self.form.wait_no_more()  # who asks to leave takes back that they pressed Start
        if self._filled_in() == self.untouched:
            self._leave()
        elif not self.is_busy:  # else it closes by itself, or says why nothing was started
            self.question.ask()

    def _leave(self) -> None:
        """Close, and keep no draft."""
        self.is_left = True
        self.form.wait_no_more()
        self.keeper.cancel()
        self.draft.keep(None)
        self.close()

    async def start(self, *, is_confirmed: bool = False) -> None:
        """Check everything, then start one job; a second call while the first still works does nothing."""
        if self.is_busy or self.question.is_asked or self.confirmation.is_asked:
            return
        self.is_busy = True  # stays on after a success: the dialog closes
        self.foot.button.props["loading"] = True
        if not await self._start(is_confirmed=is_confirmed):
            self.is_busy = False
            self.foot.button.props["loading"] = False

    async def _start_confirmed(self) -> None:
        await self.start(is_confirmed=True)

    async def _start(self, *, is_confirmed: bool) -> bool:
        self._clear()
        self.form.was_refused = True
        values, problems = self.form.read()
        when, is_readable = self.later.read_when()
        if values is None:
            return False
        if problems or not is_readable:
            self._show_problems(problems)
            return False
        if self.form.waits_for_file(self.start, beside=self.later.typed):
            return False
        if self.kind.confirm is not None and not is_confirmed:
            self.confirmation.ask(values)
            return False
        try:
            await self._on_start(values, self.later.options(when))
        except InvalidInput as error:
            self._show_refusal(error, values)
        except AppError as error:
            self.alert.show(error.message, error.hint or "")
        except Exception:
            logger.exception("Starting %s from the page failed", self.kind.name)
            self.alert.show("Something went wrong, and nothing was started.", "The server's log has the details.")
        else:
            note_start(self.kind)
            if self.form.mode == "form":
                self.last.keep(self.form.read_kept())
            self._leave()
            return True
        return False

    # Showing what is wrong

    def _show_problems(self, problems: Problems, *, refused: Mapping[str, Any] | None = None) -> None:
        """Show them. `refused`: the values that were sent, where only the start found what is wrong with them."""
        if refused is None:
            self.form.show(problems)
        else:
            self.form.show_refused(problems, refused)
        if wrong := self.form.first_wrong() or self.later.first_wrong():
            lead_to_field(wrong)

    def _show_refusal(self, error: InvalidInput, values: Mapping[str, Any]) -> None:
        elsewhere = [one for one in error.fields if not self.later.show_error(one.field, one.message)]
        if not error.fields:
            self.alert.show(error.message, error.hint or "")
        refused = [(path_of(one.field.removeprefix("params.")), one.message) for one in elsewhere]
        self._show_problems(refused, refused=values)

    def _clear(self) -> None:
        self.alert.hide()
        self.form.clear()

    # What is not started yet, kept for this tab

    def _keep_draft(self) -> None:
        """Keep what is filled in by now, without secrets and uploads. What is typed as JSON may hold secrets."""
        if self.is_left:
            return  # the timer was due as the dialog was closed
        self.form.look_again()
        draft = {"params": self.form.read_kept(), "later": self.later.typed(), "is_other_json": self.form.is_other_json}
        is_untouched = self._filled_in() == self.untouched
        self.draft.keep(None if is_untouched else json.loads(json.dumps(draft, default=raw)))

    def _take_up_draft(self) -> None:
        """Fill in what was filled in before the page was left."""
        match self.draft.read():
            case {"params": dict(params), "later": list(later), "is_other_json": is_other_json}:
                lacks_secrets = self.form.take_up(params)
                self.later.write(later)
            case _:
                return
        if self._filled_in() != self.untouched or is_other_json:
            if self.later.typed() != self.untouched[-1]:
                self.later.details.props["open"] = True
            self.restored.show(lacks_secrets=lacks_secrets, lacks_json=is_other_json)

    def _start_over(self) -> None:
        self.form.start_over()
        self.later.write(self.untouched[-1])
        self.restored.hide()
        self._clear()
