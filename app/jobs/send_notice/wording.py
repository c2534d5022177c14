"""A message in words: for subjects, mails and chats."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.db.snapshots.notice import Delivery
from app.queue.acts.notices import Outgoing
from app.settings import load_settings

MAX_LINE = 300
MOST_LINES = 20
"""So many are told one by one in a message for people."""
_VERBS = {
    "running": "began",
    "retrying": "failed and is tried again",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "was cancelled",
    "longer_than_usual": "runs longer than usual",
    "overdue": "is overdue",
    "failure_new": "failed of a new cause",
    "failure_back": "failed of a cause that was dismissed or resolved",
}

_OF_ERRORS = ("failed", "retrying", "failure_new", "failure_back")


def subject(outgoing: Outgoing) -> str:
    """Return a message in one line."""
    delivery = outgoing.delivery
    if delivery.count == 1:
        return sentence(delivery.items[0])
    return f"{outgoing.name}: {tally(delivery)}"


def lines(outgoing: Outgoing) -> Iterator[str]:
    """Give a message line by line: what happened, and where there is more."""
    delivery = outgoing.delivery
    if delivery.count > 1:
        yield from (subject(outgoing), "")
    for item in delivery.items[:MOST_LINES]:
        yield sentence(item)
        if (page := page_of(item)) is not None:
            yield f"  {page}"
    if delivery.count > MOST_LINES:
        yield f"and {delivery.count - MOST_LINES:,} more"


def tally(delivery: Delivery) -> str:
    """Say how many events of which sort a message tells of."""
    counts = Counter(_VERBS.get(str(one["event"]), str(one["event"])) for one in delivery.items)
    said = ", ".join(f"{number:,} {verb}" for verb, number in counts.most_common())
    return said if delivery.count == len(delivery.items) else f"{delivery.count:,} events, the first {said}"


def sentence(item: Mapping[str, Any]) -> str:
    """Say what happened, in one line."""
    event = str(item["event"])
    detail = item.get("detail") or {}
    if event == "test":
        return "This is a test: notices from Jobdeck arrive here."
    job = item.get("job")
    if job is None:
        return _line(f"{detail.get('title', 'A schedule')} is overdue. {detail.get('sentence', '')}".strip())
    said = f"{job['title']} (#{job['id']}) {_VERBS[event]}"
    if event == "succeeded" and job["run_seconds"] is not None:
        said += f" after {span(job['run_seconds'])}"
    if event in _OF_ERRORS and job["error"] is not None:
        said += f": {job['error']['message'] or job['error']['type']}"
    if event == "longer_than_usual" and detail:
        said += f": {span(detail['run_seconds'])} so far, usually {span(detail['usual_seconds'])}"
    return _line(said)


def page_of(item: Mapping[str, Any]) -> str | None:
    """Return the address of the page that shows more; None: there is none."""
    path, settings = page_path(item), load_settings()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    here = settings.public_url or f"http://{host}:{settings.port}{settings.root_path}"
    return f"{here}{path}" if path else None


def page_path(item: Mapping[str, Any]) -> str | None:
    """Return the path of the page that shows more; None: there is none."""
    job, detail = item.get("job"), item.get("detail") or {}
    path: str | None = job["links"]["page"] if job is not None else detail.get("page")
    return path


def span(seconds: float) -> str:
    """Say how long, roughly: `3 min`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _line(text: str) -> str:
    """Make one line of a text that may have many."""
    joined = " ".join(text.split())
    return joined if len(joined) <= MAX_LINE else f"{joined[: MAX_LINE - 1]}…"
