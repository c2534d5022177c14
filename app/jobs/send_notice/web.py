"""Messages over HTTP: signed as Standard Webhooks says, or shaped as a chat wants them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

Redirects are not followed: who takes a message says where it goes by its own address. Addresses that are not public are
refused unless a setting allows them; the address of the connection itself is looked at (`app.outward.network`).
"""

import contextlib
import json
import math
import ssl
from collections.abc import Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import httpx
from standardwebhooks.webhooks import Webhook

from app.db.clock import now
from app.db.snapshots.snapshot import rfc3339
from app.jobs.send_notice.reply import Reply
from app.outward.network import BadCertificate, Network, OutOfTime, Refused
from app.queue.acts.notices import Outgoing, message_id, secret_of
from app.settings import load_settings

SECONDS = 20.0
"""For the whole of an attempt."""
MAX_ANSWER_BYTES = 2000
MAX_ANSWER_LENGTH = 300
LONGEST_PAUSE = timedelta(days=1)
"""No receiver lets a message wait for longer by what it answers."""
GONE = 410
"""By which a receiver says that it wants no more, ever."""
_FAILURES = (
    BadCertificate,
    OutOfTime,
    OSError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)


def send_webhook(outgoing: Outgoing) -> Reply:
    """Send a message with its signature."""
    body = json.dumps(document(outgoing), ensure_ascii=False, separators=(",", ":"))
    at, number = now(), message_id(outgoing.delivery)
    signature = Webhook(secret_of(outgoing, "secret")).sign(number, at, body)
    headers = {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
    return post(outgoing.to["shown"], body, headers=headers)


def document(outgoing: Outgoing) -> dict[str, Any]:
    """Return what a webhook is told: `type`, `timestamp` and `data`, as Standard Webhooks wants it."""
    delivery = outgoing.delivery
    notice = {"id": delivery.notice_id, "name": outgoing.name}
    if delivery.count > 1:
        told: dict[str, Any] = {"count": delivery.count, "items": delivery.items}
        return {"type": "digest", "timestamp": rfc3339(now()), "data": {"notice": notice, **told}}
    item = dict(delivery.items[0])
    subject = "job" if "job" in item else "notice" if item["event"] == "test" else "schedule"
    return {"type": f"{subject}.{item['event']}", "timestamp": item.pop("at"), "data": {"notice": notice, **item}}


def post(address: str, body: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """Post JSON to an address. Every answer but 2xx, redirects too, means that it was not taken."""
    url = httpx.URL(address)
    sent = {
        "Host": url.netloc.decode(),
        "Content-Type": "application/json",
        "User-Agent": "Jobdeck (notice)",
        **(headers or {}),
    }
    network = Network(allow_private=load_settings().notice_private_addresses, seconds=SECONDS)
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=ssl.create_default_context(),
                network_backend=network,
                max_connections=1,
                max_keepalive_connections=0,
            ) as pool,
            pool.stream("POST", target, headers=list(sent.items()), content=body.encode()) as response,
        ):
            return _reply(response.status, _beginning(response), pause=_pause(response))
    except Refused as error:
        hint = "JOBDECK_NOTICE_PRIVATE_ADDRESSES=1 would allow it."
        return Reply(text=f"Not sent: {error}. {hint}", is_accepted=False, is_final=True)
    except _FAILURES as error:
        return Reply(text=f"Not sent: {_reason(error)}", is_accepted=False)
    finally:
        network.close()


def _beginning(response: httpcore.Response) -> str:
    """Read the beginning of an answer, as one line. What does not come changes nothing: the answer is its status."""
    read = b""
    with contextlib.suppress(*_FAILURES):
        for chunk in response.iter_stream():
            read += chunk
            if len(read) >= MAX_ANSWER_BYTES:
                break
    text = " ".join(read[:MAX_ANSWER_BYTES].decode("utf-8", "replace").split())
    return "".join(one for one in text if one.isprintable())[:MAX_ANSWER_LENGTH]


def _pause(response: httpcore.Response) -> timedelta:
    """Return for how long a receiver asks to be left alone: `Retry-After`, in seconds or as a date.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    asked = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"").strip()
    try:
        pause = _seconds(asked) if asked.isdigit() else _until(asked.decode("latin-1"))
    except ValueError:
        return timedelta()  # there is none, or nothing that can be meant
    return min(max(pause, timedelta()), LONGEST_PAUSE)


def _seconds(asked: bytes) -> timedelta:
    try:
        return timedelta(seconds=int(asked))
    except (ValueError, OverflowError):  # more digits than Python reads, or more days than it counts
        return LONGEST_PAUSE


def _until(asked: str) -> timedelta:
    try:
        at = parsedate_to_datetime(asked)
    except OverflowError as error:  # a year like this is no ValueError before Python 3.14
        raise ValueError("no date") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now()


def _reply(status: int, text: str, *, pause: timedelta = timedelta()) -> Reply:
    later = f", again after {math.ceil(pause.total_seconds())} s" if pause and status >= 300 else ""
    said = f"Answered {status}{later}{': ' if text else ''}{text}"
    if 300 <= status < 400:
        said = f"Answered {status}, a redirect, which is not followed: enter the address that it leads to."
    return Reply(text=said, status=status, is_accepted=200 <= status < 300, is_final=status == GONE, pause=pause)


def _reason(error: Exception) -> str:
    if isinstance(error, BadCertificate):
        return f"bad certificate: {error}."
    if isinstance(error, OutOfTime | httpcore.TimeoutException):
        return f"no answer within {SECONDS:.0f} s."
    return f"{error or type(error).__name__}."
