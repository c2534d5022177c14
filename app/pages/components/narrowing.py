"""What narrows a list and has no field of its own: a queue and a period, with a way to be rid of them."""

from collections.abc import Callable
from datetime import datetime

from app.pages.components.markup import Text, box


def show_narrowing(
    *, queue: str | None, since: datetime | None, until: datetime | None, on_remove: Callable[[], object]
) -> None:
    """Draw them as tags; nothing where there are none."""
    if since is None and until is None and queue is None:
        return
    if queue is not None:
        Text("span", f"Queue {queue}", classes="jd-tag")
    for word, at in (("From", since), ("Until", until)):
        if at is not None:
            Text("span", f"{word} {at:%d %b %Y %H:%M} UTC", classes="jd-tag")
    with box("jd-link", tag="button").on("click", lambda: on_remove(), []) as remove:
        remove.props["type"] = "button"
        Text("span", "Remove")
