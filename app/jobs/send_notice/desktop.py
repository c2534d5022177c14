"""Messages in the open tabs of the browser."""

from app.jobs.send_notice.reply import Reply
from app.jobs.send_notice.wording import page_path, subject
from app.queue.acts.notices import Outgoing, tell_tabs


def show(outgoing: Outgoing) -> Reply:
    """Tell the open tabs; nobody says whether there is one."""
    path = page_path(outgoing.delivery.items[0]) if outgoing.delivery.count == 1 else "/history"
    tell_tabs(outgoing, text=subject(outgoing), path=path or "/")
    return Reply(text="Told to the open tabs", is_accepted=True)
