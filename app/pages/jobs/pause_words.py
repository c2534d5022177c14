"""A pause of a queue, in words."""

from app.pages.time.durations import count, duration
from app.queue.acts.queues import Queue


def pause_words(queue: Queue) -> str:
    """Say by whom a paused queue was paused, and why: "paused by ops: the server moves"."""
    return f"paused by {queue.paused_by}{f': {queue.paused_reason}' if queue.paused_reason else ''}".rstrip(".")


def length_words(queue: Queue) -> str:
    parts = []
    if queue.waiting:
        parts.append(f"{count(queue.waiting)}{'' if queue.waiting_is_exact else '+'} waiting")
        # In whole minutes: seconds would only make the line flicker.
        whole = int(queue.oldest_wait_seconds or 0)
        if whole >= 60:
            parts.append(f"oldest {duration(whole // 60 * 60)}")
    if queue.running:
        parts.append(f"{count(queue.running)} running")
    return ", ".join(parts) or "nothing waits"
