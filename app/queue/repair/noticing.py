"""What happened to jobs and is not decided on yet: the messages of notices that want to hear of it, and their jobs."""

from app.db.notices import deciding
from app.queue.acts.notices import sender_of
from app.queue.acts.starting import announce

_MOST_STEPS = 20
"""So many transactions in a tick: another process may hold what is left."""


def tell() -> int:
    """Decide on all that happened. Returns how many jobs were started to tell of it. Any number at once is safe.

    Raises:
        Unavailable: the database is away; the next tick does what this one could not.
    """
    number = 0
    for _ in range(_MOST_STEPS):
        if not deciding.is_any_undecided():
            break
        number += len(announce(deciding.decide(sender_of)))
    return number
