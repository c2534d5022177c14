"""What workers are told: stop a job, read the pauses again, read what is asked of you.

It may be lost without harm: workers read the rows too.
"""

from app.queue.events import publisher

STOP_REQUESTS = "jobdeck:orders"
"""The channel that carries the ids of running jobs that were asked to stop."""
PAUSES = b"pauses"
"""What is said on the same channel when a queue was paused or resumed."""

ASKED = "jobdeck:asked"
"""The channel that carries the ids of workers of which something was asked."""


def signal_stop(job_id: int) -> None:
    """Tell the workers that a running job was asked to stop. Never raises."""
    publisher.publish_text(STOP_REQUESTS, str(job_id))


def signal_pauses() -> None:
    """Tell the workers that a queue was paused or resumed. Never raises."""
    publisher.publish_text(STOP_REQUESTS, PAUSES.decode())


def signal_asked(worker_id: str) -> None:
    """Tell a worker that something was asked of it. Never raises."""
    publisher.publish_text(ASKED, worker_id)
