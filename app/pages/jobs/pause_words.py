"""A pause of a queue, in words."""

from app.pages.time.durations import count, duration, plural
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


def pace_words(queue: Queue) -> str:
    """Say who listens to a queue, how fast its jobs end, and when it will be empty at that pace."""
    listening = f"{plural(queue.workers, 'worker')} with {plural(queue.threads, 'thread')}"
    parts = [f"{listening} {'listens' if queue.workers == 1 else 'listen'}"]
    if queue.ends_per_minute:
        parts.append(f"{count(round(queue.ends_per_minute, 1))} end in a minute")
    if queue.empty_in_seconds is not None:
        whole = int(queue.empty_in_seconds) // 60 * 60
        parts.append(f"empty in about {duration(whole).removesuffix(' 00 s')}" if whole else "empty in under a minute")
    return ", ".join(parts)
