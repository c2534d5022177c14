"""Which act each route is, asked before the route runs. What a route calls asks again: this is the outer of two doors.

A route that is not named here is reading (GET) or a change that needs an operator. So a new one is never open to who
may only look on. Who was refused is in the audit.
"""

import asyncio
from collections.abc import Mapping

from fastapi import Depends, Request

from app.api.protocol.caller import caller
from app.db.audit.entries import Entry
from app.db.audit.refusals import keep_refusal
from app.errors import Forbidden
from app.rights import Act, require

ACTS: Mapping[str, Act] = {
    "start": Act.START,
    "start_unknown": Act.START,
    "report_now": Act.START,
    "start_report": Act.START,
    "start_told_report": Act.START,
    "cancel_job": Act.CANCEL,
    "retry_job": Act.RETRY,
    "delete_job": Act.DELETE,
    "act_on_many": Act.CANCEL,  # which act it is stands in the body; `queue.acts.bulk` asks for that one
    "approve_job": Act.APPROVE,
    "refuse_job": Act.APPROVE,
    "retry_failures": Act.RETRY,
    "dismiss_failures": Act.FAILURES,
    "take_back_failures": Act.FAILURES,
    "add_note": Act.FAILURES,
    "mark_handled": Act.FAILURES,
    "take_back_handled": Act.FAILURES,
    "upload": Act.UPLOAD,
    "pause_queue": Act.QUEUES,
    "resume_queue": Act.QUEUES,
    "quiet_worker": Act.WORKERS,
    "resume_worker": Act.WORKERS,
    "stop_worker": Act.WORKERS,
    "create_schedule": Act.SCHEDULE,
    "change_schedule": Act.SCHEDULE,
    "delete_schedule": Act.SCHEDULE,
    "run_schedule": Act.SCHEDULE,
    "pause_schedule": Act.SCHEDULE,
    "resume_schedule": Act.SCHEDULE,
    "put_back_schedule": Act.SCHEDULE,
    "backfill_schedule": Act.SCHEDULE,
    "import_schedules": Act.SCHEDULE,
    "list_audit": Act.AUDIT,
    "export_audit": Act.AUDIT,
    **dict.fromkeys(("create_notice", "change_notice", "delete_notice", "renew_secret", "test_notice"), Act.NOTICES),
    "negotiate": Act.READ,
    "speak": Act.READ,
    "leave_hub": Act.READ,
    "list_accounts": Act.ACCOUNTS,
    "get_account": Act.ACCOUNTS,
    "create_account": Act.ACCOUNTS,
    "change_account": Act.ACCOUNTS,
    "delete_account": Act.ACCOUNTS,
    "change_password": Act.OWN,
    "create_view": Act.OWN,
    "change_view": Act.OWN,
    "delete_view": Act.OWN,
    "create_preset": Act.OWN,  # who may not start its kind is refused by `queue.acts.presets`
    "change_preset": Act.OWN,
    "delete_preset": Act.OWN,
    "set_retention": Act.SETTINGS,
    "delete_retention": Act.SETTINGS,
    "list_tokens": Act.OWN,
    "create_token": Act.OWN,
    "revoke_token": Act.OWN,
    "list_sessions": Act.OWN,
    "end_session": Act.OWN,
    "end_sessions": Act.OWN,
}
"""The name of a route's function → what it is."""


_REPORT = "activity_report"
"""What the routes below /reports start."""


def act_of(route: str, method: str) -> Act:
    """Return what a route is, by the name of its function."""
    return ACTS.get(route) or (Act.READ if method in ("GET", "HEAD") else Act.CHANGE)


async def _require_right(request: Request) -> None:
    """Refuse who may not. On the event loop: a plain function would need a thread."""
    act = act_of(request.scope["endpoint"].__name__, request.method)
    path: str = request.scope["path"]
    kind = _REPORT if path.startswith("/reports/") else path.split("/")[-2]
    by = caller()
    try:
        require(by, act, kind=kind if act is Act.START else None)
    except Forbidden as error:
        entry = Entry(act=act.name.lower(), target=f"route:{request.method} {path}", by=by, reason=error.message)
        await asyncio.to_thread(keep_refusal, entry)
        raise


RIGHT = Depends(_require_right)
