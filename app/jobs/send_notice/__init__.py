"""The job that tells somebody what happened: one message of a notice over one channel.

`sending.py` sends and keeps the answer, `wording.py` says it in words, `web.py` posts to webhooks, `chat.py` writes as
Slack and Teams want it, `mail.py` sends mail.
"""

from app.queue import JobContext, job


@job(
    title="Send a notice",
    description="Tell somebody what happened: one message over one channel, tried again for a day.",
    icon="notifications",
    group="System",
    queue="notices",  # of its own: no crowd of jobs is before it
    priority="high",
    listed=False,
    max_retries=7,
    # As Standard Webhooks proposes, without the last days.
    retry_delay=(5, 300, 1800, 7200, 18_000, 36_000, 36_000),
    timeout=120,
)
def send_notice(ctx: JobContext, delivery_id: int) -> str:
    """Send a message of a notice, and keep what was answered."""
    from app.jobs.send_notice.sending import send  # imports an HTTP client, which only the worker needs

    return send(ctx, delivery_id)
