"""One attempt to send a message: over its channel, with what was answered kept whatever it was."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from app.db.clock import now
from app.db.snapshots.notice import Answer
from app.jobs.send_notice import chat, desktop, mail, web
from app.jobs.send_notice.reply import Reply
from app.queue import JobContext, JobError
from app.queue.acts import notices
from app.queue.acts.notices import Outgoing

MAX_RETRIES = 7
"""NOTE: as `send_notice` says to `@job`."""


class NotSent(Exception):
    """The message did not arrive; it is tried again."""

    def __init__(self, text: str, *, retry_after: timedelta) -> None:
        """`text`: why. `retry_after`: no sooner than after that; the retries of jobs heed it."""
        super().__init__(text)
        self.retry_after = retry_after


Send = Callable[[Outgoing], Reply]


def send(ctx: JobContext, delivery_id: int) -> str:
    """Send a message.

    Raises:
        NotSent: it did not arrive, and may another time.
        JobError: it will not.
    """
    outgoing = notices.begin(delivery_id)
    if outgoing is None:
        return "Nothing was sent: it went out before, or its notice goes there no more."
    channel = outgoing.delivery.channel
    ctx.log(f"Over {channel}, for {outgoing.name}.")
    began = time.monotonic()
    reply = CHANNELS[channel](outgoing)
    answer = Answer(
        at=now(),
        status=reply.status,
        seconds=round(time.monotonic() - began, 3),
        text=reply.text,
        is_accepted=reply.is_accepted,
    )
    is_last = reply.is_final or ctx.attempt > MAX_RETRIES
    notices.answered(delivery_id, answer, is_last=is_last)
    if reply.is_accepted:
        return reply.text
    raise JobError(reply.text) if reply.is_final else NotSent(reply.text, retry_after=reply.pause)


CHANNELS: Mapping[str, Send] = {
    "webhook": web.send_webhook,
    "slack": chat.send_slack,
    "teams": chat.send_teams,
    "email": mail.send_mail,
    "desktop": desktop.show,
}
