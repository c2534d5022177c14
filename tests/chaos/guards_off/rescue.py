"""Jobs whose worker died are left where they are."""

from app.queue.repair.sweep import Sweep


def _leave_them(self: Sweep, *, has_running: bool) -> None:
    """Rescue nobody."""


Sweep._rescue = _leave_them  # type: ignore[method-assign]  # that is what this file is for
