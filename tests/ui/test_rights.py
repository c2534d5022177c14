"""Who uses a page: it belongs to the session that it was made for, and offers what that one may do."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nicegui import core
from nicegui.testing import User
from socketio.exceptions import ConnectionRefusedError  # type: ignore[import-untyped]  # it has none

from app.auth.visits import IN_SCOPE, SAW_PRIVATE, Identity, Visit, present
from app.db import State
from app.db.queries import jobs
from app.db.snapshots.notice import NoticeEvent
from app.db.snapshots.parts import Failure
from app.pages.jobs.acts import cancel_job
from app.pages.live import own_sockets
from app.pages.settings import page
from app.queue import JobContext, job, start
from app.queue.acts import notices
from app.queue.acts.schedules import changing as schedules
from app.rights import Rights, Role
from app.settings import Settings
from tests.actors import ME
from tests.store import claimed, done, stored
from tests.ui.tab import RETRIES, fill, names, one, open_tab, until


def visit_of(name: str, role: Role = Role.ADMIN) -> Visit:
    """Return the visit of somebody who is signed in."""
    visit = Visit(name)
    visit.identity = Identity(account=name, rights=Rights(role=role))
    return visit


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard."""
    async with open_tab() as person:
        await person.open("/")
        yield person


async def test_a_page_is_spoken_for_by_its_own_session_alone(user: User) -> None:
    ann, eve = visit_of("ann"), visit_of("eve")
    assert user.client is not None
    user.client.request.scope[IN_SCOPE] = ann
    taken: list[str] = []
    before = dict(core.sio.handlers["/"])
    for name in before:
        core.sio.on(name, lambda _socket, message, name=name: taken.append(name))
    own_sockets.refuse_others()
    message: dict[str, Any] = {"client_id": user.client.id}
    try:
        for visit in (None, eve, Visit(is_open=True), ann):
            reset = present.set(visit)
            for name in ("handshake", "event", "javascript_response", "ack", "log"):
                await core.sio.handlers["/"][name]("socket", message)
            present.reset(reset)
    finally:
        core.sio.handlers["/"].update(before)
    assert taken == ["handshake", "event", "javascript_response", "ack", "log"], "those of ann"


async def test_a_page_that_was_drawn_for_more_than_its_reader_may_see_now_is_nobodys(user: User) -> None:
    ann = visit_of("ann", Role.OPERATOR)
    assert user.client is not None
    user.client.request.scope.update({IN_SCOPE: ann, SAW_PRIVATE: True})
    assert own_sockets.owns(user.client.id, ann)
    ann.identity = Identity(account="ann", rights=Rights(role=Role.VIEWER))
    assert not own_sockets.owns(user.client.id, ann)


async def test_no_socket_takes_anothers_page_over(user: User) -> None:
    assert user.client is not None
    user.client.request.scope[IN_SCOPE] = visit_of("ann")
    before = dict(core.sio.handlers["/"])
    own_sockets.refuse_others()
    connect = core.sio.handlers["/"]["connect"]
    core.sio.handlers["/"].update(before)
    with pytest.raises(ConnectionRefusedError):
        await connect("socket", {"QUERY_STRING": f"implicit_handshake=true&client_id={user.client.id}"})


@pytest.mark.parametrize("role", Role)
async def test_a_control_that_is_not_for_somebody_is_off_and_says_which_role_it_needs(room: Path, role: Role) -> None:
    @job(title="Tidy up")
    def tidy(ctx: JobContext) -> None:
        """Tidy up."""

    @job(title="Wipe", requires="admin")
    def wipe(ctx: JobContext) -> None:
        """Wipe."""

    found = start(tidy, {}, by=ME)
    present.set(visit_of("ann", role))
    async with open_tab() as user:
        await user.open("/")
        await until(lambda: names(user, "start-tidy"))
        off = {name for name in ("start-tidy", "start-wipe") if is_off(user, name)}
        wanted = {Role.VIEWER: {"start-tidy", "start-wipe"}, Role.OPERATOR: {"start-wipe"}}
        assert off == wanted.get(role, set())
        if role is not Role.ADMIN:
            needed = f"This needs the role admin. You are {role.with_article}."
            assert one(user, "start-wipe").props["title"] == needed
        await user.open(f"/jobs/{found.id}")
        await until(lambda: names(user, f"cancel-{found.id}"))
        assert is_off(user, f"cancel-{found.id}") == (role is Role.VIEWER)


CLOSED: dict[str, tuple[str, ...]] = {
    "/": ("start-tidy",),
    "/history": ("cancel-2", "retry-1"),
    "/insights": ("retry-failure-", "dismiss-failure-"),
    "/schedules": ("import-schedules", "new-schedule", "pause-schedule-1", "run-schedule-1"),
    "/schedules/1": ("backfill-1", "delete-schedule-1", "edit-schedule-1", "pause-schedule-1", "run-schedule-1"),
    "/jobs/1": ("retry-1", "edit-1", "delete-1", "handled-1", "add-note-1"),
    "/jobs/2": ("cancel-2", "tell-2", "then-start-2", "add-note-2"),
    "/jobs/1/flow": ("flow-retry", "flow-cancel"),
    "/settings/notices": ("notice-add", "notice-on-1", "notice-test-1", "notice-edit-1", "notice-delete-1"),
    "/settings/retention": ("rule-add",),
}
"""What somebody who only looks on cannot press, by page."""


async def test_who_only_looks_on_can_press_nothing_that_changes_something(room: Path) -> None:
    @job(title="Tidy up", max_retries=0)
    def tidy(ctx: JobContext) -> None:
        """Tidy up."""

    page.tell(Settings(data_dir=room))
    failed = stored(kind="tidy")
    assert claimed(failed)
    done(failed, outcome="failed", result=None, failure=Failure(type="E", message="m", signature="s"))
    start(tidy, {}, by=ME)
    schedules.create("tidy", {"every_seconds": 3600}, by=ME)
    notices.create(notices.Wish(name="Watch", events=(NoticeEvent.FAILED,), to={"desktop": True}), by=ME)
    present.set(visit_of("vera", Role.VIEWER))
    async with open_tab() as user:
        for path, closed in CLOSED.items():
            await user.open(path)
            await until(partial(has_all, user, closed))
            on = [name for each in closed for name in names(user, each) if not is_off(user, name)]
            assert on == [], path


def has_all(user: User, wanted: tuple[str, ...]) -> bool:
    """Say whether all these are on the page."""
    return all(names(user, name) for name in wanted)


def is_hidden(user: User, name: str) -> bool:
    """Say whether an element is not shown."""
    return not one(user, name).visible


def is_off(user: User, name: str) -> bool:
    """Say whether a control cannot be pressed."""
    found: Any = one(user, name)
    return bool(found.props.get("disabled")) or not getattr(found, "enabled", True)


async def test_who_only_looks_on_is_refused_where_an_act_is_carried_out(room: Path) -> None:
    @job
    def tidy(ctx: JobContext) -> None:
        """Tidy up."""

    found = start(tidy, {}, by=ME)
    present.set(visit_of("vera", Role.VIEWER))
    async with open_tab() as user:
        await user.open("/history")
        assert user.client is not None
        with user.client:
            await cancel_job(found.id)
        await user.should_see("This needs the role operator. vera is a viewer.", retries=RETRIES)
    assert jobs.get_job(found.id).state is State.QUEUED


async def test_a_second_person_agrees_on_the_jobs_page_and_the_first_one_reads_that(room: Path) -> None:
    @job(approve="operator")
    def wipe(ctx: JobContext) -> None:
        """Wipe."""

    asked = start(wipe, {}, by=visit_of("ann", Role.OPERATOR).actor("page"))
    for name, role in (("ann", Role.OPERATOR), ("vera", Role.VIEWER), ("bob", Role.OPERATOR)):
        present.set(visit_of(name, role))
        async with open_tab() as user:
            await user.open(f"/jobs/{asked.id}")
            await until(partial(names, user, f"approve-{asked.id}"))
            assert is_off(user, f"approve-{asked.id}") == (name != "bob")
            assert is_off(user, f"refuse-{asked.id}") == (role is Role.VIEWER)
            await user.should_see("Ann asked for it, and somebody else who is an operator has to agree.")
            if name == "ann":
                title = one(user, f"approve-{asked.id}").props["title"]
                assert title == "You asked for it: somebody else has to agree."
            if name == "bob":
                fill(user, f"approval-reason-{asked.id}", "looks right")
                user.find(marker=f"approve-{asked.id}").click()
                await until(lambda: jobs.get_job(asked.id).state is State.QUEUED)
                await until(partial(is_hidden, user, f"approval-{asked.id}"))
                await user.should_see("Approved by bob, on a page: looks right", retries=RETRIES)
                await user.should_see(f"#{asked.id} is approved.")
    assert jobs.get_job(asked.id).approved_by == "bob"
