"""Who is told what: the notices with their last messages, a test of each, and the log of what was answered."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from nicegui import ui

from app.actor import Actor
from app.db import JobSnapshot
from app.db.queries.notices import list_deliveries, list_notices
from app.db.snapshots.notice import SENDER_KIND, Delivery, Notice
from app.errors import AppError
from app.pages.jobs.reader import close_to_others, reader
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.settings.notice_dialog import EVENTS, NoticeDialog
from app.pages.settings.section import Section
from app.pages.time.clock import Clock
from app.pages.time.durations import plural
from app.pages.widgets.dialog import ask_first
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import problem, skeleton
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast
from app.queue.acts import notices
from app.rights import Act
from app.settings import Settings

MOST = 200
LOG_LINES = 20
_STATES = {"gathering": "Gathers", "waiting": "On its way", "sent": "Sent", "failed": "Not sent"}
_ALLOW = """async (event) => emit("Notification" in window ? await Notification.requestPermission() : "unsupported")"""
R = TypeVar("R")
_Found = list[tuple[Notice, list[Delivery]]]


def _draw(_settings: Settings) -> None:
    _NoticeCards()


class _NoticeCards:
    """The cards of the section. Event loop only."""

    def __init__(self) -> None:
        self._open: int | None = None
        with box("jd-panel", tag="section"):
            with panel_head("Notices"):
                add = ui.button("Add a notice…", color=None, on_click=self._add).props("unelevated no-caps")
                name_for_tests(add.classes("jd-button jd-button--secondary jd-setting__button"), "notice-add")
                close_to_others(add, Act.NOTICES)
            note = "Who is told when jobs fail, end or begin. Each is a message of its own, and tried again for a day."
            Text("p", note, classes="jd-setting__note")
            with name_for_tests(box("jd-setting__body"), "notices") as self._list:
                skeleton(lines=3)
        self._reading = ReadLoop(self._read, name="read notices", element=self._list)
        _draw_permission()
        subscriptions = Subscriptions()
        subscriptions.add(bridge.job_changed, self._on_job)
        self._reading.ask()

    def _on_job(self, job: JobSnapshot) -> None:
        if job.kind == SENDER_KIND:
            self._reading.ask()

    async def _read(self) -> None:
        outcome: _Found | AppError
        try:
            outcome = await asyncio.to_thread(_find)
        except AppError as error:
            outcome = error
        if self._list.is_deleted:
            return
        self._list.clear()
        with self._list:
            if isinstance(outcome, AppError):
                problem(outcome.message, outcome.hint, on_retry=self._reading.ask)
                return
            if not outcome:
                Text("p", "Nobody is told of anything yet.", classes="jd-setting__note")
            for notice, deliveries in outcome:
                self._draw_notice(notice, deliveries)

    def _draw_notice(self, notice: Notice, deliveries: list[Delivery]) -> None:
        with name_for_tests(box("jd-setting"), f"notice-{notice.id}"):
            with box("jd-setting__words"):
                Text("b", notice.name)
                Text("span", describe(notice))
                if deliveries:
                    Text("span", f"Last: {_say(deliveries[0])}")
            with box("jd-setting__control jd-notice__acts"):
                self._switch(notice)
                test = _button("Test", f"notice-test-{notice.id}", partial(self._test, notice))
                _button("Log", f"notice-log-{notice.id}", partial(self._show_log, notice))
                edit = _button("Edit", f"notice-edit-{notice.id}", partial(self._edit, notice))
                delete = _button("Delete", f"notice-delete-{notice.id}", partial(self._ask_to_delete, notice))
            for act in (test, edit, delete):
                close_to_others(act, Act.NOTICES)
        if self._open == notice.id:
            _draw_log(deliveries)

    def _switch(self, notice: Notice) -> None:
        async def turn(event: object) -> None:
            is_on = bool(switch.value)
            if await self._ask(partial(notices.edit, notice.id, {"is_enabled": is_on}, by=reader())) is not None:
                toast(f"{notice.name} is {'on' if is_on else 'off'}.")

        switch = ui.switch(value=notice.is_enabled, on_change=turn).props("dense")
        switch.props["aria-label"] = f"{notice.name}: on or off"
        name_for_tests(switch, f"notice-on-{notice.id}")
        close_to_others(switch, Act.NOTICES)

    def _add(self) -> None:
        with ui.context.client.layout:
            NoticeDialog(on_done=self._reading.ask).open()

    def _edit(self, notice: Notice) -> None:
        with ui.context.client.layout:
            NoticeDialog(notice, on_done=self._reading.ask).open()

    async def _test(self, notice: Notice) -> None:
        self._open = notice.id
        if await self._ask(partial(notices.test, notice.id, by=reader())) is not None:
            toast("A test is sent; its answer will be in the log.")

    def _show_log(self, notice: Notice) -> None:
        self._open = None if self._open == notice.id else notice.id
        self._reading.ask()

    def _ask_to_delete(self, notice: Notice) -> None:
        async def delete() -> None:
            if await self._ask(partial(_delete, notice.id, by=reader())) is not None:
                toast(f"{notice.name} is deleted.")

        with ui.context.client.layout:
            loss = "Nobody is told any more because of it, and its log goes, too."
            ask_first(f"Delete {notice.name}?", loss, act="Delete", on_sure=delete)

    async def _ask(self, act: Callable[[], R]) -> R | None:
        try:
            return await asyncio.to_thread(act)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            return None
        finally:
            self._reading.ask()  # also where it was refused: a switch has another place by then


def _button(label: str, name: str, act: Callable[[], object]) -> ui.button:
    button = ui.button(label, color=None).props("flat no-caps dense")
    on_press(button, act)  # type: ignore[arg-type]  # a coroutine or None, as each act returns
    return name_for_tests(button.classes("jd-button jd-button--ghost"), name)


def describe(notice: Notice) -> str:
    """Say in a line of what a notice tells, and where to."""
    which = [
        f"#{notice.job_id}" if notice.job_id else "",
        notice.kind or "",
        f"tag {notice.tag}" if notice.tag else "",
        f"“{notice.q}”" if notice.q else "",
    ]
    events = ", ".join(EVENTS[one].lower() for one in notice.events)
    where = ", ".join(_place(channel, shown) for channel, shown in notice.to.items())
    return f"{' and '.join(filter(None, which)) or 'Every job'}: {events} → {where}"


def _place(channel: str, shown: object) -> str:
    if channel == "desktop":
        return "this browser's tabs"
    return ", ".join(shown) if isinstance(shown, list) else str(shown)


def _find() -> _Found:
    found = list_notices(limit=MOST)
    return [(one, list_deliveries(one.id, limit=LOG_LINES)) for one in found]


def _delete(notice_id: int, *, by: Actor) -> bool:
    notices.delete(notice_id, by=by)
    return True


def _say(delivery: Delivery) -> str:
    about = "a test" if delivery.events == ["test"] else plural(delivery.count, "event")
    said = f"{about}, {_STATES[delivery.state].lower()}"
    return f"{said}. {delivery.answers[-1].text}" if delivery.answers else said


def _draw_log(deliveries: list[Delivery]) -> None:
    with box("jd-figures__scroll"), box("jd-figures jd-notice__log", tag="table"):
        with box(tag="thead"), box(tag="tr"):
            for heading in ("When", "Over", "What", "State", "Answer"):
                Text("th", heading).props["scope"] = "col"
        with box(tag="tbody"):
            for one in deliveries:
                _draw_line(one)
    if not deliveries:
        Text("p", "It has sent nothing yet.", classes="jd-setting__note")


def _draw_line(one: Delivery) -> None:
    with name_for_tests(box(tag="tr"), f"delivery-{one.id}"):
        with box(tag="td"):
            Clock(one.created_at, mode="relative")
        Text("td", one.channel)
        with box(tag="td"):
            Text("span", ", ".join(one.events))
            for job_id in one.job_ids[:3]:
                Link(f"#{job_id}", f"/jobs/{job_id}", classes="jd-link")
        Text("td", _STATES[one.state])
        Text("td", one.answers[-1].text if one.answers else "")


def _draw_permission() -> None:
    """Draw what lets this browser show notices outside its tab."""
    with box("jd-panel", tag="section"):
        with panel_head("In this browser"):
            pass
        with box("jd-setting"):
            with box("jd-setting__words"):
                Text("b", "Notices on the desktop")
                Text(
                    "span",
                    "Notices to the browser's tabs are shown in the page; allowed here, beside other windows, too.",
                )
            button = ui.button("Allow", color=None).props("unelevated no-caps")
            button.on("click", _say_permission, js_handler=_ALLOW)
            button.classes("jd-button jd-button--secondary jd-setting__button")
            name_for_tests(button, "notice-allow")


def _say_permission(event: object) -> None:
    said = str(getattr(event, "args", ""))
    if "granted" in said:
        toast("This browser shows notices on the desktop.")
    else:
        toast("This browser does not allow it.", "Its own settings for this page say why.", tone="warning")


NOTICES = Section(name="notices", title="Notices", icon="notifications", draw=_draw)
