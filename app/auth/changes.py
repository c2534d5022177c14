"""Word of what this process changed about accounts: what was read of visits before is looked up again at once."""

_number = 0


def note_change() -> None:
    """Say that an account, a session or a token was changed."""
    global _number
    _number += 1


def change_number() -> int:
    """Return how many changes there were."""
    return _number
