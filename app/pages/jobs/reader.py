"""Who uses the pages, and what they may do."""

import asyncio
from typing import Any

from nicegui import context
from nicegui.element import Element
from nicegui.elements.mixins.disableable_element import DisableableElement

from app.actor import Actor
from app.auth.visits import Visit, present, present_actor
from app.db import JobSnapshot
from app.db.snapshots.secrets import veiled
from app.errors import NotSignedIn
from app.pages.live.own_sockets import visit_of
from app.queue import registry
from app.rights import Act, Role


def reader() -> Actor:
    """Return the person behind this tab.

    Raises:
        NotSignedIn: they are signed out by now.
    """
    visit = _visit()
    return present_actor("page") if visit is None else visit.actor("page")


def session_here() -> int | None:
    """Return the session behind this tab; None: there are no accounts."""
    visit = _visit()
    return visit.identity.session_id if visit is not None and visit.identity is not None else None


def refuse_act(act: Act, *, requires: Role | None = None) -> str | None:
    """Say why the person behind this tab may not do something, for the control that is off; None: they may.

    Args:
        act: what the control is for.
        requires: the role that the kind asks for which it would start.
    """
    try:
        by = reader()
    except NotSignedIn as error:
        return error.message
    refusal = by.rights.refusal(act, requires=requires)
    return None if refusal is None else f"{refusal} You are {by.rights.role.with_article}."


def close_to_others(control: Element, act: Act, *, requires: Role | None = None) -> None:
    """Turn a control off for whom it is not; it says why. `act`, `requires`: as `refuse_act`."""
    refusal = refuse_act(act, requires=requires)
    if refusal is not None:
        if isinstance(control, DisableableElement):
            control.disable()
        else:
            control.props["disabled"] = True
        control.props["title"] = refusal


def seen_params(job: JobSnapshot) -> dict[str, Any]:
    """Return a job's params as the person behind this tab may see them, also where news of it came to everybody."""
    kind = registry.find(job.kind)
    is_hidden = kind is not None and kind.is_private and refuse_act(Act.PRIVATE) is not None
    return veiled(job.kind, job.params, frozenset({job.kind}) if is_hidden else frozenset())


def _visit() -> Visit | None:
    """Return the visit of the page that is drawn or pressed; None: in a thread, which has that of who started it.

    The page's own counts before the present one: what one person does may let the pages of others draw.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return present.get()
    return (visit_of(context.client) if context.slot_stack else None) or present.get()
