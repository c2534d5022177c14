"""What Redis lost is not sent again."""

from app.queue.repair.sweep import Sweep


def _forget_them(self: Sweep) -> None:
    """Send nothing."""


Sweep._send_lost = _forget_them  # type: ignore[method-assign]  # that is what this file is for
