"""Notices in a tab: a word in the page, and beside other windows where the person allowed that."""

import json

from nicegui import ui

from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.widgets.markup import own_address
from app.pages.widgets.toast import toast
from app.queue.events.types import NoticeTold

# Of several open tabs the browser shows one: they share the `tag`.
_SHOW = """if ("Notification" in window && Notification.permission === "granted") {{
    const notice = new Notification({name}, {{ body: {text}, tag: {tag} }});
    notice.onclick = () => {{ window.focus(); window.location.assign({path}); }};
}}"""


def tell_of_notices() -> None:
    """Let the present tab show what notices tell, as long as it is open."""
    Subscriptions().add(bridge.notice_told, _show)


def _show(told: NoticeTold) -> None:
    toast(told.text, told.name, link=("Show", told.path))
    tag = f"jobdeck-{told.delivery_id}"
    texts = {"name": told.name, "text": told.text, "tag": tag, "path": own_address(told.path)}
    ui.run_javascript(_SHOW.format(**{name: _quoted(text) for name, text in texts.items()}))


def _quoted(text: str) -> str:
    """Write a text for a script; a `</script>` in it ends nothing."""
    return json.dumps(text).replace("<", "\\u003c")
