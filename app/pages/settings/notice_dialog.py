"""The dialog that makes and changes a notice, and the one that says a webhook's secret once."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from nicegui import ui

from app.db.snapshots.notice import Notice, NoticeEvent
from app.db.snapshots.snapshot import ChangedMeanwhile
from app.errors import AppError
from app.pages.jobs.reader import reader
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.toast import toast
from app.queue.acts import notices
from app.queue.acts.notices import MAX_NAME_LENGTH, MAX_TEXT_LENGTH, Kept, Wish
from app.queue.kinds.registry import registry

EVENTS: Mapping[NoticeEvent, str] = {
    NoticeEvent.FAILED: "Failed",
    NoticeEvent.RETRYING: "Failed and tried again",
    NoticeEvent.SUCCEEDED: "Succeeded",
    NoticeEvent.CANCELLED: "Cancelled",
    NoticeEvent.FINISHED: "Ended in any way",
    NoticeEvent.RUNNING: "Began",
    NoticeEvent.OVERDUE: "Schedule overdue",
    NoticeEvent.LONGER_THAN_USUAL: "Runs longer than usual",
    NoticeEvent.FAILURE_NEW: "Failed of a new cause",
    NoticeEvent.FAILURE_BACK: "Failed of a cause that is back",
}
CHANNELS = {
    "webhook": "Webhook, signed",
    "slack": "Slack",
    "teams": "Microsoft Teams",
    "email": "Mail",
    "desktop": "Tabs of the browser",
}
_WHERE = {"email": "Addresses, with commas between", "desktop": ""}


class NoticeDialog(Dialog):
    """The dialog. Event loop only; deleted when it closes."""

    def __init__(self, notice: Notice | None = None, *, on_done: Callable[[], object]) -> None:
        """Draw it: for a new notice, or to change one. `on_done`: called when it was kept."""
        super().__init__("Notice")
        self._notice, self._on_done = notice, on_done
        self._shown = notice
        with self, box("jd-dialog jd-confirm"):
            Text("h2", "Change a notice" if notice else "Tell somebody", classes="jd-confirm__title")
            self._name = self._field("Name", notice.name if notice else "", "notice-name", MAX_NAME_LENGTH)
            chosen = [str(one) for one in notice.events] if notice else [str(NoticeEvent.FAILED)]
            events = {str(one): label for one, label in EVENTS.items()}
            self._events = ui.select(events, value=chosen, multiple=True, label="When a job")
            self._choice(self._events, "notice-events")
            kinds = {"": "Any kind", **{kind.name: kind.title for kind in registry.kinds.values()}}
            if notice is not None and notice.kind:
                kinds.setdefault(notice.kind, notice.kind)
            self._kind = ui.select(kinds, value=(notice.kind if notice else None) or "", label="Of the kind")
            self._choice(self._kind, "notice-kind")
            query = (notice.q if notice else None) or ""
            self._q = self._field("Found by this history search", query, "notice-q", MAX_TEXT_LENGTH)
            self._tag = self._field(
                "With the tag", (notice.tag if notice else None) or "", "notice-tag", MAX_NAME_LENGTH
            )
            channel, shown = next(iter(notice.to.items())) if notice else ("webhook", "")
            self._channel = ui.select(CHANNELS, value=channel, label="Over", on_change=self._show_where)
            self._choice(self._channel, "notice-channel")
            text = ", ".join(shown) if isinstance(shown, list) else shown if isinstance(shown, str) else ""
            self._where = self._field("Address", text, "notice-where", MAX_TEXT_LENGTH)
            self._alert = name_for_tests(Text("p", classes="jd-field__error"), "notice-alert")
            self._alert.props["role"] = "alert"
            draw_acts("Keep", self._keep, name="notice-keep", leave="Close", on_leave=self.close)
        self._show_where()

    def _field(self, label: str, value: str, name: str, length: int) -> ui.input:
        field = ui.input(label, value=value).props(f"outlined dense maxlength={length}")
        return name_for_tests(field.classes("jd-confirm__field"), name)

    def _choice(self, choice: ui.select, name: str) -> None:
        choice.props("outlined dense options-dense behavior=menu").classes("jd-confirm__field")
        name_for_tests(choice, name)

    def _show_where(self) -> None:
        label = _WHERE.get(self._channel.value, "Address, as https://…")
        self._where.set_visibility(bool(label))
        self._where.props["label"] = label

    def _wish(self) -> Wish:
        where = (self._where.value or "").strip()
        channel = self._channel.value
        others = dict(self._notice.to) if self._notice is not None else {}
        others.pop(next(iter(others), ""), None)  # the one that is shown here
        target: Any = where
        if channel == "email":
            target = [one.strip() for one in where.split(",") if one.strip()]
        elif channel == "desktop":
            target = True
        said = {
            "name": self._name.value or "",
            "events": tuple(NoticeEvent(one) for one in self._events.value),
            "kind": self._kind.value or None,
            "tag": (self._tag.value or "").strip() or None,
            "q": (self._q.value or "").strip() or None,
            "to": {**others, channel: target},
        }
        return cast("Wish", said)  # the fields are those of a Wish

    async def _keep(self) -> None:
        self._alert.set_text("")
        act: Callable[[], Kept] = partial(notices.create, self._wish(), by=reader())
        if self._notice is not None:
            act = partial(notices.edit, self._notice.id, self._wish(), shown=self._shown, by=reader())
        try:
            kept = await asyncio.to_thread(act)
        except ChangedMeanwhile as error:
            self._shown = cast("Notice", error.present)
            self._alert.set_text(f"{error.message} {error.hint}")
            return
        except AppError as error:
            self._alert.set_text(" ".join(one.message for one in error.fields) or error.message)
            return
        self._on_done()
        self.close()
        if kept.secret is not None:
            with self.client.layout:
                say_secret(kept.secret)
        else:
            toast(f"{kept.notice.name} is kept.")


def say_secret(secret: str) -> None:
    """Show what a webhook is signed with, this once."""
    with Dialog("The webhook's secret") as dialog, box("jd-dialog jd-confirm"):
        Text("h2", "The webhook's secret", classes="jd-confirm__title")
        words = "Whoever receives the messages checks their signature with it. It is shown this once."
        Text("p", words, classes="jd-confirm__text")
        name_for_tests(Text("code", secret, classes="jd-mono jd-notice__secret"), "notice-secret")
        with box("jd-confirm__acts"):
            leave = ui.button("I have it", color=None, on_click=dialog.close).props("unelevated no-caps autofocus")
            leave.classes("jd-button jd-button--primary")
    ui.timer(0.3, dialog.open, once=True)  # the other dialog is closing
