"""Notices: who wants to hear of what, and how. Checked and stored here, decided on by the sweep (`app.queue.repair`),
sent by jobs of the kind `send_notice` (`app/jobs/send_notice`).
"""

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict
from urllib.parse import urlsplit

from app.actor import SYSTEM, Actor
from app.db import FINISHED, JobFilter
from app.db.audit.refusals import kept_if_refused
from app.db.lifecycle.start import NewJob
from app.db.notices import changing, deciding, sending
from app.db.queries.jobs import get_job
from app.db.snapshots.notice import SENDER_KIND, URL_CHANNELS, Answer, Delivery, Notice, NoticeEvent
from app.db.snapshots.secrets import SEALED, SECRET_SHOWN_AS
from app.errors import AppError, FieldError, InvalidInput, WrongState
from app.queue.acts.starting import StartOptions, announce, check, new_job
from app.queue.events.publisher import publish
from app.queue.events.types import NoticeTold
from app.queue.kinds.registry import registry
from app.queue.params import sealing
from app.rights import Act, require

MAX_NAME_LENGTH = 200
MAX_TEXT_LENGTH = 2000
MAX_NOTICES = 200
MAX_OF_JOBS = 2000
"""So many wait for the end of a job each."""
MAX_ADDRESSES = 20
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]]{1,64}@[^\s@<>,;:\"\\()\[\]]{1,255}")
_SECRET_BYTES = 32
Outgoing = sending.Outgoing


class Wish(TypedDict, total=False):
    """What somebody says of a notice; what is left out stays as it is."""

    name: str
    kind: str | None
    tag: str | None
    q: str | None
    job_id: int | None
    events: Sequence[NoticeEvent]
    to: Mapping[str, Any]
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A notice as it is kept now. `secret`: what its webhook is signed with, where that was made just now."""

    notice: Notice
    secret: str | None = None


@kept_if_refused("create", "notice", target="new")
def create(wish: Wish, *, by: Actor) -> Kept:
    """Make a notice; it tells of what happens from now on.

    Raises:
        Forbidden: it is not allowed.
        InvalidInput: something does not fit; names the fields.
        NotFound: it is of a job, and there is none of this number.
        WrongState: it is of a job that is finished, or there are too many.
        Unavailable: the database is away.
    """
    require(by, Act.NOTICES)
    values: dict[str, Any] = {"name": "", "events": (), "to": {}, **wish}
    job_id = values.get("job_id")
    if changing.count(are_of_jobs=job_id is not None) >= (MAX_OF_JOBS if job_id is not None else MAX_NOTICES):
        raise WrongState("There are too many notices.", hint="Delete some that nobody needs.")
    if job_id is not None and get_job(job_id).state in FINISHED:
        raise WrongState(f"Job #{job_id} has ended already.")
    checked, secret = _checked(values, kept={})
    return Kept(notice=changing.create(checked, by=by), secret=secret)


@kept_if_refused("edit", "notice")
def edit(notice_id: int, wish: Wish, *, shown: Notice | None = None, by: Actor) -> Kept:
    """Change a notice. `shown`: what who asks was shown of it; None: only what is wished is meant.

    Raises:
        ChangedMeanwhile: it is not what was shown. Nothing was stored.
        NotFound: there is none.
        Forbidden: it is not allowed.
        InvalidInput: something does not fit; names the fields.
        Unavailable: the database is away.
    """
    require(by, Act.NOTICES)
    stored = changing.stored(notice_id)
    whole = {**stored.model_dump(include=set(Wish.__annotations__) - {"to"}), "to": None, **wish}
    checked, secret = _checked(whole, kept=stored.to)
    values = {name: checked[name] for name in wish}
    return Kept(notice=changing.edit(notice_id, values, shown=shown, by=by), secret=secret)


@kept_if_refused("edit", "notice")
def renew_secret(notice_id: int, *, by: Actor) -> Kept:
    """Sign its webhook with another secret from now on.

    Raises:
        NotFound: there is no such notice.
        WrongState: it has no webhook.
        Unavailable: the database is away.
    """
    require(by, Act.NOTICES)
    stored = changing.stored(notice_id)
    if "webhook" not in stored.to:
        raise WrongState(f"Notice #{notice_id} has no webhook.")
    secret = _new_secret()
    to = {**stored.to, "webhook": {**stored.to["webhook"], "secret": {SEALED: sealing.seal(secret)}}}
    return Kept(notice=changing.edit(notice_id, {"to": to}, by=by), secret=secret)


@kept_if_refused("delete", "notice")
def delete(notice_id: int, *, by: Actor) -> None:
    """Remove a notice, with the log of what it sent.

    Raises:
        NotFound: there is none.
        Unavailable: the database is away.
    """
    require(by, Act.NOTICES)
    changing.delete(notice_id, by=by)


@kept_if_refused("test", "notice")
def test(notice_id: int, *, by: Actor) -> list[int]:
    """Send a message over each of its channels that says that it works. Returns the numbers of the deliveries.

    Raises:
        NotFound: there is no such notice.
        Unavailable: the database is away.
    """
    require(by, Act.NOTICES)
    channels = list(changing.stored(notice_id).to)
    sent = deciding.start_test(notice_id, sender_of, channels=channels)
    announce([job for _, job in sent])
    return [delivery_id for delivery_id, _ in sent]


def begin(delivery_id: int) -> Outgoing | None:
    """Take a message to send it. None: it was sent before, or its notice is gone or does not go there any more.

    Raises:
        Unavailable: the database is away.
    """
    return sending.begin(delivery_id)


def answered(delivery_id: int, answer: Answer, *, is_last: bool) -> None:
    """Keep what became of an attempt to send. `is_last`: no other follows.

    Raises:
        Unavailable: the database is away.
    """
    sending.answered(delivery_id, answer, is_last=is_last)


def tell_tabs(outgoing: Outgoing, *, text: str, path: str) -> None:
    """Tell the open tabs of the browser in words. `path`: the page that shows more."""
    publish([NoticeTold(delivery_id=outgoing.delivery.id, name=outgoing.name, text=text, path=path)])


def forget(before: datetime) -> int:
    """Remove from the logs what is older than an instant. Returns how many rows.

    Raises:
        Unavailable: the database is away.
    """
    return deciding.forget(before)


def sender_of(delivery_id: int, delay: float | None) -> NewJob:
    """Describe the job that sends a message. `delay`: seconds until then; None: at once."""
    kind = registry.get(SENDER_KIND)
    order = StartOptions(delay=None if delay is None else timedelta(seconds=delay))
    return new_job(kind, check(kind, {"delivery_id": delivery_id}), by=SYSTEM, order=order)


def secret_of(outgoing: Outgoing, name: str) -> str:
    """Open a secret of where a message goes.

    Raises:
        Unsealable: it was sealed with another key.
    """
    return sealing.unseal(outgoing.to[name][SEALED])


def message_id(delivery: Delivery) -> str:
    """Return what a receiver knows a message by: the same for each attempt to send it."""
    return f"jobdeck_{delivery.notice_id}_{delivery.id}"


def _checked(values: Mapping[str, Any], *, kept: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Check a whole notice. Returns its columns, and the secret of its webhook where that is new."""
    wrong: list[FieldError] = []
    name = " ".join(values["name"].split())
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        wrong.append(FieldError(field="name", message=f"Give it a name of at most {MAX_NAME_LENGTH} characters."))
    if values.get("q"):
        try:
            JobFilter(text=values["q"])
        except AppError as error:
            wrong.append(FieldError(field="when.q", message=error.message))
    if not values["events"]:
        wrong.append(FieldError(field="when.events", message=f"Name at least one: {', '.join(NoticeEvent)}."))
    to, secret = (dict(kept), None) if values["to"] is None else _channels(values["to"], kept, wrong)
    if not to and not wrong:
        wrong.append(FieldError(field="to", message="Say where to: webhook, slack, teams, email or desktop."))
    if wrong:
        raise InvalidInput(fields=wrong)
    checked = {one: values.get(one) or None for one in ("kind", "tag", "q", "job_id")}
    events = [str(one) for one in dict.fromkeys(values["events"])]
    is_enabled = values.get("is_enabled", True)
    return {**checked, "name": name, "events": events, "to": to, "is_enabled": is_enabled}, secret


def _channels(
    wanted: Mapping[str, Any], kept: Mapping[str, Any], wrong: list[FieldError]
) -> tuple[dict[str, Any], str | None]:
    """Check where to, and make of it what is kept: channel → `shown` to people, and what sending needs."""
    found: dict[str, Any] = {}
    secret = None
    for channel in URL_CHANNELS:
        url = wanted.get(channel)
        if url is None:
            continue
        if channel in kept and url == kept[channel]["shown"]:
            found[channel] = kept[channel]
        elif (message := _why_no_url(url)) is not None:
            wrong.append(FieldError(field=f"to.{channel}", message=message))
        elif channel == "webhook":
            secret = None if channel in kept else _new_secret()
            sealed = {SEALED: sealing.seal(secret)} if secret else kept[channel]["secret"]
            found[channel] = {"shown": url, "secret": sealed}
        else:  # who has such an address may write there: it is a secret
            parts = urlsplit(url)
            shown = f"{parts.scheme}://{parts.netloc}/{SECRET_SHOWN_AS}"
            found[channel] = {"shown": shown, "url": {SEALED: sealing.seal(url)}}
    if addresses := wanted.get("email"):
        listed = [addresses] if isinstance(addresses, str) else list(addresses)
        if len(listed) > MAX_ADDRESSES or not all(_ADDRESS.fullmatch(one) and one.isprintable() for one in listed):
            message = f"Give at most {MAX_ADDRESSES} addresses, each like name@example.org."
            wrong.append(FieldError(field="to.email", message=message))
        found["email"] = {"shown": addresses}
    if wanted.get("desktop"):
        found["desktop"] = {"shown": True}
    return found, secret


def _why_no_url(url: str) -> str | None:
    if len(url) > MAX_TEXT_LENGTH or not url.isprintable() or " " in url:
        return f"An address has at most {MAX_TEXT_LENGTH} printable characters."
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_web = False
    if not is_web:
        return "It must be an address that begins with https:// or http://."
    if "@" in parts.netloc:
        return "Leave out the user name and password: whom a message is from is said by its signature."
    return None


def _new_secret() -> str:
    """Make a secret as Standard Webhooks writes it (24 to 64 bytes in base64)."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
