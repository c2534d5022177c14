"""The matrix of docs/security.md walked where acts are carried out: what every door calls, each with every role.

The page and its socket, the API, the hub, agents and the terminal call the same functions, with the actor of whoever
is behind them. All of these functions are found in the code; one that is not in the table below fails the test.
"""

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import app.auth
import app.queue.acts
from app.actor import Actor, ActorKind, local
from app.api.hub.admission import admit
from app.api.protocol.caller import caller
from app.auth.visits import Identity, Visit, present
from app.db.audit import reading
from app.db.audit.entries import Result
from app.db.audit.reading import AuditFilter
from app.db.presets import rows
from app.db.queries.filters import JobFilter
from app.db.retention.rules import Rule
from app.errors import AppError, Forbidden, NotSignedIn
from app.pages.jobs.reader import reader
from app.queue import JobContext, job, registry
from app.queue.acts.schedules.moving.importing import Import
from app.rights import ALL, Act, Rights, Role

ROOMS = (app.queue.acts, app.auth)
SOME_DAY = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
CRON = {"cron": ("0 3 * * *",)}
WALKED: dict[str, tuple[Act, tuple[Any, ...], dict[str, Any]]] = {
    "queue.acts.bulk.act_on_ids": (Act.DELETE, ("delete", [999]), {}),
    "queue.acts.bulk.act_on_matching": (Act.CANCEL, ("cancel", JobFilter()), {}),
    "queue.acts.control.cancel": (Act.CANCEL, (999,), {}),
    "queue.acts.control.retry": (Act.RETRY, (999,), {}),
    "queue.acts.control.approve": (Act.APPROVE, (999,), {}),
    "queue.acts.control.refuse": (Act.APPROVE, (999,), {}),
    "queue.acts.control.delete": (Act.DELETE, (999,), {}),
    "queue.acts.follow_up.failures.retry_all": (Act.RETRY, ("E",), {}),
    "queue.acts.follow_up.failures.dismiss": (Act.FAILURES, ("E",), {}),
    "queue.acts.follow_up.failures.take_back": (Act.FAILURES, ("E",), {}),
    "queue.acts.follow_up.failures.handle": (Act.FAILURES, (999,), {}),
    "queue.acts.follow_up.failures.reopen": (Act.FAILURES, (999,), {}),
    "queue.acts.follow_up.failures.add_note": (Act.FAILURES, (999, "seen"), {}),
    "queue.acts.notices.create": (Act.NOTICES, ({},), {}),
    "queue.acts.notices.edit": (Act.NOTICES, (999, {}), {}),
    "queue.acts.notices.renew_secret": (Act.NOTICES, (999,), {}),
    "queue.acts.notices.delete": (Act.NOTICES, (999,), {}),
    "queue.acts.notices.test": (Act.NOTICES, (999,), {}),
    "queue.acts.presets.keeping.list_presets": (Act.START, ("kind",), {}),
    "queue.acts.presets.keeping.list_earlier": (Act.START, ("kind",), {}),
    "queue.acts.presets.keeping.create": (Act.START, ("tidy", "another", {}), {"shared": False}),
    "queue.acts.presets.keeping.change": (Act.START, ("preset", {}), {}),
    "queue.acts.presets.keeping.keep": (Act.START, ("kind", "mine", {}), {"shared": False}),
    "queue.acts.presets.keeping.remove": (Act.OWN, ("preset",), {}),
    "queue.acts.queues.pause": (Act.QUEUES, ("default",), {}),
    "queue.acts.queues.resume": (Act.QUEUES, ("default",), {}),
    "queue.acts.retention.changing.keep": (Act.SETTINGS, ("30", Rule(kind="tidy", state="failed", days=9)), {}),
    "queue.acts.retention.changing.remove": (Act.SETTINGS, ("30", Rule(kind="tidy", state="failed", days=9)), {}),
    "queue.acts.schedules.backfilling.ask": (Act.SCHEDULE, (999,), {"since": SOME_DAY, "until": SOME_DAY}),
    "queue.acts.schedules.changing.create": (Act.SCHEDULE, ("tidy", CRON), {}),
    "queue.acts.schedules.changing.check_new": (Act.SCHEDULE, ("tidy", CRON), {}),
    "queue.acts.schedules.changing.edit": (Act.SCHEDULE, (999, CRON), {}),
    "queue.acts.schedules.changing.put_back": (Act.SCHEDULE, (999,), {}),
    "queue.acts.schedules.changing.pause": (Act.SCHEDULE, (999,), {}),
    "queue.acts.schedules.changing.resume": (Act.SCHEDULE, (999,), {}),
    "queue.acts.schedules.changing.run_now": (Act.SCHEDULE, (999,), {}),
    "queue.acts.schedules.changing.delete": (Act.SCHEDULE, (999,), {}),
    "queue.acts.schedules.following.checked_followers": (Act.SCHEDULE, ([{"kind": "tidy"}],), {}),
    "queue.acts.schedules.moving.importing.take_over": (Act.SCHEDULE, (Import(text="", format="crontab"),), {}),
    "queue.acts.starting.start": (Act.START, ("tidy", {}), {}),
    "queue.acts.starting.start_after": (Act.START, ("tidy", {}), {}),
    "queue.acts.starting.begin": (Act.START, ("tidy", {}), {}),
    "queue.acts.starting.start_many": (Act.START, ("tidy", [{}]), {}),
    "queue.acts.views.keeping.create": (Act.OWN, ({"name": "mine"},), {}),
    "queue.acts.views.keeping.change": (Act.OWN, (999, {}), {}),
    "queue.acts.views.keeping.delete": (Act.OWN, (999,), {}),
    "queue.acts.workers.quiet": (Act.WORKERS, ("worker",), {}),
    "queue.acts.workers.resume": (Act.WORKERS, ("worker",), {}),
    "queue.acts.workers.stop": (Act.WORKERS, ("worker",), {}),
    "auth.accounts.add_account": (Act.ACCOUNTS, ("eve",), {"role": Role.VIEWER, "password": "short"}),
    "auth.accounts.change_account": (Act.ACCOUNTS, ("nobody",), {}),
    "auth.accounts.change_own_password": (Act.OWN, (), {"present": "", "fresh": "", "but": None}),
    "auth.accounts.remove_account": (Act.ACCOUNTS, ("nobody",), {}),
    "auth.tokens.create_token": (Act.ACCOUNTS, ("nobody",), {"name": "of another"}),
    "auth.tokens.revoke_token": (Act.OWN, (999,), {}),
    "auth.tokens.end_session": (Act.OWN, (999,), {}),
    "auth.tokens.end_sessions": (Act.OWN, (), {}),
}
"""Function → what it is, and how it is called: of things that there are not, so that nothing happens."""
ASKS_NOTHING = {
    "queue.acts.idempotency.key_of": "makes a key, and changes nothing",
    "queue.acts.presets.keeping.get_preset": "gives an own one, or one that is shared of what one may start",
    "queue.acts.presets.keeping.list_seen": "gives the own ones, and those that are shared of what one may start",
    "queue.acts.schedules.backfilling.start_one": "what the job of a backfill does, which was asked for",
    "queue.acts.schedules.following.followers_of": "describes jobs; who runs the schedule has asked",
    "queue.acts.schedules.moving.importing.look": "says what would be made",
    "queue.acts.starting.new_job": "describes a job; who starts it has asked",
    "queue.acts.starting.start_once": "what a job does, with the rights of none",
    "queue.acts.views.keeping.list_views": "gives the own ones, and those that others share",
    "queue.acts.views.keeping.get_view": "as the list",
    "auth.accounts.as_now": "looks the rights up",
    "auth.signing_in.open_session": "the sign-in itself",
    "auth.tokens.list_tokens": "gives the own ones; to who manages accounts, all",
    "auth.tokens.list_sessions": "as the list of tokens",
}
TOLD_NOWHERE = {
    "queue.acts.presets.keeping.list_presets",
    "queue.acts.presets.keeping.list_earlier",
    "queue.acts.presets.keeping.create",
    "queue.acts.presets.keeping.change",
    "queue.acts.presets.keeping.keep",
    "queue.acts.schedules.changing.check_new",
    "queue.acts.schedules.following.checked_followers",
}
"""What the audit does not tell when it is carried out either: values for forms, and whether something would fit."""
AT_THE_DOORS = {Act.READ, Act.PRIVATE, Act.AUDIT, Act.UPLOAD, Act.CHANGE}
"""Acts that no function of its own carries out: walked by the tests of the API, of private kinds and of the pages."""


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Give every function that acts for somebody, by its name below `app`."""
    for room in ROOMS:
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            module: ModuleType = importlib.import_module(found.name)
            for name, function in vars(module).items():
                if not inspect.isfunction(function) or function.__module__ != found.name or name.startswith("_"):
                    continue
                if "by" in inspect.signature(function).parameters:
                    yield f"{found.name}.{name}".removeprefix("app."), function


def visit_of(role: Role) -> Visit:
    """Return the visit of somebody who is signed in."""
    visit = Visit(str(role))
    visit.identity = Identity(account=f"a-{role}", rights=Rights(role=role))
    return visit


@pytest.mark.parametrize("role", Role)
def test_each_act_is_carried_out_for_who_may_and_refused_to_who_may_not(room: Path, role: Role) -> None:
    @job
    def tidy(ctx: JobContext) -> None: ...

    values = {"kind": registry.get("tidy"), "preset": preset(f"a-{role}")}
    by = Actor(kind=ActorKind.PERSON, name=f"a-{role}", rights=Rights(role=role))
    wrong, walked, silent = [], set[Act](), set[str]()
    for name, function in functions():
        if name in ASKS_NOTHING:
            continue
        act, given, named = WALKED[name]
        walked.add(act)
        kept = number_of_refusals()
        arguments = [values.get(one, one) if isinstance(one, str) else one for one in given]
        if refused := is_refused(function, arguments, named, by):
            silent |= {name} if number_of_refusals() == kept else set()
        if refused != (not by.rights.allows(act)):
            wrong.append((name, act))

    assert wrong == []
    assert silent <= TOLD_NOWHERE, "of the others the audit tells that they were refused"
    assert walked == set(Act) - AT_THE_DOORS
    assert set(WALKED) | set(ASKS_NOTHING) == {name for name, _ in functions()}


def number_of_refusals() -> int:
    """Return how many acts that were refused the audit has."""
    return len(reading.list_entries(AuditFilter(result=Result.REFUSED), limit=1000))


def is_refused(function: Callable[..., object], given: list[Any], named: dict[str, Any], by: Actor) -> bool:
    """Say whether a call is refused for the role of who asks; whatever else becomes of it."""
    try:
        function(*given, **named, by=by)
    except Forbidden as error:
        return "This needs the role" in error.message
    except AppError:
        pass
    return False


def preset(owner: str) -> int:
    """Keep a preset of somebody, and return its id."""
    return rows.create("tidy", "kept", {}, owner=owner, is_shared=False).id


@pytest.mark.parametrize("role", Role)
async def test_whoever_is_behind_a_door_has_the_rights_of_their_role(database: str, role: Role) -> None:
    present.set(visit_of(role))

    assert {(await asyncio.to_thread(door)).rights.role for door in (caller, reader)} == {role}
    admit()
    assert local("terminal").rights == ALL


async def test_nobody_is_behind_a_door_whose_session_has_ended(database: str) -> None:
    present.set(Visit("ended"))

    for door in (caller, reader, admit):
        with pytest.raises(NotSignedIn):
            await asyncio.to_thread(door)
