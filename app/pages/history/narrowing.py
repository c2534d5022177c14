"""What narrows a list and has no field of its own: a queue and a period, with a way to be rid of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from app.pages.widgets.markup import Text, box


def show_narrowing(*, queue: str | None, times: Mapping[str, datetime | None], on_remove: Callable[[], object]) -> None:
    """Draw them as tags; nothing where there are none. `times`: the word before each, and the time."""
    if queue is None and not any(times.values()):
        return
    if queue is not None:
        Text("span", f"Queue {queue}", classes="jd-tag")
    for word, at in times.items():
        if at is not None:
            Text("span", f"{word} {at.astimezone(UTC):%d %b %Y %H:%M} UTC", classes="jd-tag")
    with box("jd-link", tag="button").on("click", lambda: on_remove(), []) as remove:
        remove.props["type"] = "button"
        Text("span", "Remove")
